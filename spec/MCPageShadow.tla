----------------------------- MODULE MCPageShadow -----------------------------
(***************************************************************************)
(* A bounded model of `PageShadow`, with every promise. That it refines    *)
(* `Consistency` is the property `Refinement`. The configurations choose,  *)
(* each, what to look at closely, so that none of them takes long.         *)
(***************************************************************************)
EXTENDS ConsistencyInvariants, TLC

CONSTANTS
    CrashesMax,  \* power failures in one behaviour, nested ones included
    Calls,       \* the system calls that are made
    Causes,      \* why the kernel is entered
    Again,       \* whether a process makes calls again after one that came back "ok" or "error"
    Epochs,      \* the modes in which pages are written
    Tlb          \* whether the TLB holds translations; if not, each write walks the page table

VARIABLE crashes

\* Process 1 writes to every pipe, process 2 reads.
MCReaders == [p \in Pipe |-> {2}]
MCWriters == [p \in Pipe |-> {1}]

\* What pipes may hold after a step.
Contents == UNION {[1..n -> Byte] : n \in 0..PipeCapacity}
OfferedPipes == pipe' \in [Pipe -> Contents]

MCInit == Init /\ crashes = 0

MCCrash == crashes < CrashesMax /\ Crash /\ crashes' = crashes + 1

MCEnter ==
    \E c \in Causes :
        /\ Enter(c)
        /\ c = "call" =>
               /\ call'[current] \in Calls
               /\ Again \/ answer[current] \in {"none", "eintr"}
        /\ UNCHANGED crashes

\* Pages are written in the chosen epochs only; recovery works on them always.
PageAt == mode \in Epochs \cup {"reset"} /\ UNCHANGED crashes

MCPowerOn   == PowerOn /\ UNCHANGED crashes
MCStart     == Start /\ UNCHANGED crashes
MCShutdown  == Shutdown /\ UNCHANGED crashes
MCRestored  == Restored /\ UNCHANGED crashes
MCTear      == Tear /\ UNCHANGED crashes
MCRecovered == Recovered /\ UNCHANGED crashes
MCSend      == Promised!MaySend /\ (\E b \in Byte : Send(b)) /\ UNCHANGED crashes
MCLeave     == OfferedPipes /\ Leave /\ UNCHANGED crashes
MCSettle    == Settle /\ UNCHANGED crashes
MCRecord    == PageAt /\ \E p \in Page : Record(p)
MCUnprotect == PageAt /\ \E p \in Page : Unprotect(p)
MCFill      == PageAt /\ Tlb /\ \E p \in writable : Fill({p})
MCFlush     == PageAt /\ \E p \in cached : Flush({p})
MCWrite     == PageAt /\ \E p \in Page : Write(p)
MCProtect   == PageAt /\ \E p \in Page : ProtectNotLast(p)
MCRestore   == PageAt /\ \E p \in Page : Restore(p)
MCForget    == PageAt /\ Forget

MCNext ==
    \/ MCCrash \/ MCPowerOn \/ MCStart \/ MCShutdown \/ MCRestored \/ MCTear \/ MCRecovered
    \/ MCEnter \/ MCSend \/ MCLeave \/ MCSettle
    \/ MCRecord \/ MCUnprotect \/ MCFill \/ MCFlush \/ MCWrite \/ MCProtect \/ MCRestore \/ MCForget

\* The pages are all alike.
PageSymmetry == Permutations(Page)

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
NoticeKeptAlways              == [][NoticeKept]_vars
TurnsInOrderAlways            == [][TurnsInOrder]_vars
EndsKeptAlways                == [][EndsKept]_vars
EndOfFileOnlyAtEndAlways      == [][EndOfFileOnlyAtEnd]_vars
BrokenPipeOnlyUnreadAlways    == [][BrokenPipeOnlyUnread]_vars
===============================================================================
