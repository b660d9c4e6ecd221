----------------------------- MODULE MCPageShadow -----------------------------
(***************************************************************************)
(* A bounded model of `PageShadow`, with every promise: at most CrashesMax *)
(* power failures, and of the system calls only Calls. That it refines     *)
(* `Consistency` is the property `Refinement`.                             *)
(***************************************************************************)
EXTENDS ConsistencyInvariants

CONSTANTS CrashesMax, Calls, Causes

VARIABLE crashes

\* Process 1 writes to every pipe, process 2 reads.
MCReaders == [p \in Pipe |-> {2}]
MCWriters == [p \in Pipe |-> {1}]

\* What pipes may hold after a step.
Contents == UNION {[1..n -> Byte] : n \in 0..PipeCapacity}
OfferedPipes == pipe' \in [Pipe -> Contents]

MCInit == Init /\ crashes = 0

MCCrash == crashes < CrashesMax /\ Crash /\ crashes' = crashes + 1

MCEnter == \E c \in Causes : Enter(c) /\ (c = "call" => call'[current] \in Calls)

\* What the processes and the kernel do, as far as the promise speaks of it.
Serve ==
    \/ Start
    \/ Shutdown
    \/ Restored
    \/ Recovered
    \/ MCEnter
    \/ Promised!MaySend /\ \E b \in Byte : Send(b)
    \/ OfferedPipes /\ Leave
    \/ Settle

MCNext == MCCrash \/ ((PowerOn \/ Serve \/ Tear \/ PageStep) /\ UNCHANGED crashes)

MCVars == <<vars, crashes>>

MCSpec == MCInit /\ [][MCNext]_MCVars

-------------------------------------------------------------------------------
(* The step promises as properties.                                           *)

ShadowRestoreAlways           == [][ShadowRestore]_vars
AtomicEpochAlways             == [][AtomicEpoch]_vars
ConsistentCutAlways           == [][ConsistentCut]_vars
BootWordOrderAlways           == [][BootWordOrder]_vars
InterruptedCallNotifiedAlways == [][InterruptedCallNotified]_vars
WaitersWokenAlways            == [][WaitersWoken]_vars
NoticeExactlyOnceAlways       == [][NoticeExactlyOnce]_vars
NobodyElseNotifiedAlways      == [][NobodyElseNotified]_vars
===============================================================================
