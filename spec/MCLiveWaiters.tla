---------------------------- MODULE MCLiveWaiters -----------------------------
(***************************************************************************)
(* Every waiter goes on: its interrupt comes, or a failure ends its wait.  *)
(* A waiter's interrupt comes once for each life of the machine in which   *)
(* the device was given something: `armed`. So a waiter whose wait began   *)
(* before a failure goes on only because recovery wakes it.                *)
(***************************************************************************)
EXTENDS MCConsistency

CONSTANT Wakes  \* whether recovery wakes the waiters, as is promised

VARIABLE armed  \* the waiters for whom the device is at work: it forgets them when power fails

LiveVars == <<vars, crashes, armed>>

\* A kernel that leaves the waiters as they are.
LeavesWaiters ==
    /\ mode = "restored"
    /\ mode' = "kernel"
    /\ cause' = "boot"
    /\ call' = [p \in Proc |-> IF status[p] = "waiting" THEN "send" ELSE "none"]
    /\ UNCHANGED <<boot, current, status, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED crashes

\* An interrupt ends the wait of a process for whom the device is at work, and of no other.
ServesArmed ==
    /\ MCLeave
    /\ Those("waiting") \ {q \in Proc : status'[q] = "waiting"} \subseteq armed
    /\ armed' = {q \in Proc : status'[q] = "waiting" /\ (q \in armed \/ status[q] # "waiting")}

LiveNext ==
    \/ MCCrash /\ armed' = {}
    \/ ServesArmed
    \/ (IF Wakes THEN MCRecovered ELSE LeavesWaiters) /\ UNCHANGED armed
    \/ (MCPowerOn \/ MCStart \/ MCShutdown \/ MCRestored \/ MCEnter \/ MCSend \/ MCSettle) /\ UNCHANGED armed

Fairness ==
    /\ WF_LiveVars(MCPowerOn /\ UNCHANGED armed)
    /\ WF_LiveVars(MCStart /\ UNCHANGED armed)
    /\ WF_LiveVars(MCRestored /\ UNCHANGED armed)
    /\ WF_LiveVars((IF Wakes THEN MCRecovered ELSE LeavesWaiters) /\ UNCHANGED armed)
    /\ WF_LiveVars(ServesArmed)
    \* The interrupt comes, and the one for each process among them.
    /\ SF_LiveVars(MCEnter /\ cause' = "serial" /\ UNCHANGED armed)
    /\ \A p \in Proc : SF_LiveVars(ServesArmed /\ status[p] = "waiting" /\ status'[p] = "ready")

LiveInit == MCInit /\ armed = {}

LiveSpec == LiveInit /\ [][LiveNext]_LiveVars /\ Fairness

\* @promise WaitersGoOn
\* @kind liveness
\* @thesis 3.5
\* @says Every process that waits for a hardware interrupt goes on.
WaitersGoOn == \A p \in Proc : status[p] = "waiting" ~> status[p] # "waiting"
===============================================================================
