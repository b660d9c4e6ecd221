---------------------------- MODULE MCConsistency -----------------------------
(* A bounded model of `Consistency` alone: at most CrashesMax power failures. *)
EXTENDS Consistency

CONSTANTS CrashesMax, Calls

VARIABLE crashes

\* Process 1 writes to every pipe, process 2 reads.
MCReaders == [p \in Pipe |-> {2}]
MCWriters == [p \in Pipe |-> {1}]

\* What pipes may hold after a step.
Contents == UNION {[1..n -> Byte] : n \in 0..PipeCapacity}
OfferedPipes == pipe' \in [Pipe -> Contents]

MCInit == Init /\ crashes = 0

MCCrash == crashes < CrashesMax /\ Crash /\ crashes' = crashes + 1

Step ==
    \/ PowerOn
    \/ Start
    \/ Shutdown
    \/ Restored
    \/ Recovered
    \/ \E c \in Cause : Enter(c) /\ (c = "call" => call'[current] \in Calls)
    \/ MaySend /\ \E b \in Byte : Send(b)
    \/ OfferedPipes /\ Leave
    \/ Settle

MCNext == MCCrash \/ (Step /\ UNCHANGED crashes)

MCSpec == MCInit /\ [][MCNext]_<<vars, crashes>>
===============================================================================
