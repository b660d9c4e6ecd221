---------------------------- MODULE MCConsistency -----------------------------
(* A bounded model of `Consistency` alone: at most CrashesMax power failures. *)
EXTENDS Consistency

CONSTANTS
    CrashesMax,  \* power failures in one behaviour, nested ones included
    Calls,       \* the system calls that are made
    Causes       \* why the kernel is entered

VARIABLE crashes

\* Process 1 writes to every pipe, process 2 reads.
MCReaders == [p \in Pipe |-> {2}]
MCWriters == [p \in Pipe |-> {1}]

\* What pipes may hold after a step.
Contents == UNION {[1..n -> Byte] : n \in 0..PipeCapacity}
OfferedPipes == pipe' \in [Pipe -> Contents]

MCInit == Init /\ crashes = 0

MCCrash == crashes < CrashesMax /\ Crash /\ crashes' = crashes + 1

MCPowerOn   == PowerOn /\ UNCHANGED crashes
MCStart     == Start /\ UNCHANGED crashes
MCShutdown  == Shutdown /\ UNCHANGED crashes
MCRestored  == Restored /\ UNCHANGED crashes
MCRecovered == Recovered /\ UNCHANGED crashes
MCEnter     == (\E c \in Causes : Enter(c) /\ (c = "call" => call'[current] \in Calls)) /\ UNCHANGED crashes
MCSend      == MaySend /\ (\E b \in Byte : Send(b)) /\ UNCHANGED crashes
MCLeave     == OfferedPipes /\ Leave /\ UNCHANGED crashes
MCSettle    == Settle /\ UNCHANGED crashes

MCNext ==
    \/ MCCrash \/ MCPowerOn \/ MCStart \/ MCShutdown \/ MCRestored \/ MCRecovered
    \/ MCEnter \/ MCSend \/ MCLeave \/ MCSettle

\* Outside the kernel no call is in flight but that of a waiter.
OnlyCutCallsInFlight ==
    mode \in {"user", "idle", "halted"} =>
        \A p \in Proc : IF status[p] = "waiting" THEN call[p] = "send" ELSE call[p] = "none"

MCSpec == MCInit /\ [][MCNext]_<<vars, crashes>>
===============================================================================
