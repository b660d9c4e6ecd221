------------------------------ MODULE MCCoverage ------------------------------
(***************************************************************************)
(* The bounded model of `Consistency` whose behaviours are driven on the   *)
(* kernel (`fukugen coverage`): process 1 writes to the pipe and process 2 *)
(* reads from it, and both use the serial port. Every behaviour of at most *)
(* StepsMax steps is in it, but for what a process could choose in more    *)
(* ways than these:                                                        *)
(*   - what a write offers is one of `Written`, of which the pipe takes    *)
(*     what it has room for; a read takes one byte, or all there are;      *)
(*   - each process sends bytes of its own, in ascending order.            *)
(***************************************************************************)
EXTENDS Consistency

CONSTANTS
    StepsMax,    \* steps of a behaviour
    CrashesMax,  \* power failures in one behaviour, nested ones included
    Calls,       \* the system calls that are made
    Causes,      \* why the kernel is entered
    BytesEach    \* bytes that a process sends in all: p sends (p - 1) * BytesEach + 1 and up

VARIABLES
    steps,    \* steps taken so far
    crashes,  \* power failures so far
    settled   \* the last step was `Settle`: it is taken once, since nothing changes by it

bound == <<steps, crashes, settled>>

MCReaders == [p \in Pipe |-> {2}]
MCWriters == [p \in Pipe |-> {1}]

\* What a write offers: one byte, or more than there ever is room for.
Written == {<<1>>, [i \in 1..PipeCapacity |-> 2]}

\* What a pipe that holds s may hold after a step.
AfterWrite(s, w) ==
    LET room == PipeCapacity - Len(s)
    IN  s \o SubSeq(w, 1, IF Len(w) < room THEN Len(w) ELSE room)
Offered(s) == {s, <<>>} \cup {AfterWrite(s, w) : w \in Written} \cup (IF s = <<>> THEN {} ELSE {Tail(s)})
OfferedPipes == pipe' \in {[pipe EXCEPT ![p] = s] : p \in Pipe, s \in UNION {Offered(pipe[q]) : q \in Pipe}}

\* The next byte of process p, if it has one left.
Own(p) == {b \in Byte : (p - 1) * BytesEach < b /\ b <= p * BytesEach}
NextOf(p) == {b \in Own(p) \ Sent : \A a \in Own(p) \ Sent : b <= a}

\* On whose behalf the serial port may be given a byte.
Senders == IF cause = "call" THEN {current} ELSE Those("waiting")

Counts == steps < StepsMax /\ steps' = steps + 1
Goes   == Counts /\ settled' = FALSE /\ UNCHANGED crashes

MCInit == Init /\ steps = 0 /\ crashes = 0 /\ settled = FALSE

MCCrash     == Counts /\ crashes < CrashesMax /\ Crash /\ crashes' = crashes + 1 /\ settled' = FALSE
MCPowerOn   == Goes /\ PowerOn
MCStart     == Goes /\ Start
MCShutdown  == Goes /\ Shutdown
MCRestored  == Goes /\ Restored
MCRecovered == Goes /\ Recovered
MCEnter     == Goes /\ \E c \in Causes : Enter(c) /\ (c = "call" => call'[current] \in Calls)
MCSend      == Goes /\ MaySend /\ \E q \in Senders : \E b \in NextOf(q) : Send(b)
MCLeave     == Goes /\ mode = "kernel" /\ OfferedPipes /\ Leave
MCSettle    == Counts /\ ~settled /\ Settle /\ settled' = TRUE /\ UNCHANGED crashes

MCNext ==
    \/ MCCrash \/ MCPowerOn \/ MCStart \/ MCShutdown \/ MCRestored \/ MCRecovered
    \/ MCEnter \/ MCSend \/ MCLeave \/ MCSettle

MCSpec == MCInit /\ [][MCNext]_<<vars, bound>>
===============================================================================
