---------------------------- MODULE MCLiveRecovery ----------------------------
(***************************************************************************)
(* Recovery ends once failures stop. What the kernel has begun it goes on  *)
(* with (weak fairness); power failures are under no such duty.            *)
(***************************************************************************)
EXTENDS MCPageShadow

CONSTANT FailuresStop  \* whether there are at most CrashesMax failures, or any number

\* A commit that has begun is carried through: once a page of the epoch is protected again, no other is
\* unprotected. Otherwise an epoch could go on for ever.
VARIABLE closing

LiveVars == <<vars, crashes, closing>>

LiveInit == MCInit /\ closing = FALSE

LiveCrash     == (IF FailuresStop THEN MCCrash ELSE Crash /\ UNCHANGED crashes) /\ closing' = FALSE
LivePowerOn   == MCPowerOn /\ UNCHANGED closing
LiveStart     == MCStart /\ UNCHANGED closing
LiveRestored  == MCRestored /\ UNCHANGED closing
LiveRecovered == MCRecovered /\ closing' = FALSE
LiveEnter     == MCEnter /\ closing' = FALSE
LiveLeave     == MCLeave /\ closing' = FALSE
LiveRecord    == ~closing /\ MCRecord /\ UNCHANGED closing
LiveUnprotect == ~closing /\ MCUnprotect /\ UNCHANGED closing
LiveFill      == MCFill /\ UNCHANGED closing
LiveFlush     == MCFlush /\ UNCHANGED closing
LiveWrite     == MCWrite /\ UNCHANGED closing
LiveProtect   == MCProtect /\ closing' = (mode # "reset")
LiveRestore   == MCRestore /\ UNCHANGED closing
LiveForget    == MCForget /\ UNCHANGED closing

LiveNext ==
    \/ LiveCrash \/ LivePowerOn \/ LiveStart \/ LiveRestored \/ LiveRecovered
    \/ LiveEnter \/ LiveLeave
    \/ LiveRecord \/ LiveUnprotect \/ LiveFill \/ LiveFlush \/ LiveWrite
    \/ LiveProtect \/ LiveRestore \/ LiveForget

Fairness ==
    /\ WF_LiveVars(LivePowerOn)
    /\ WF_LiveVars(LiveStart)
    /\ WF_LiveVars(LiveRestore)
    /\ WF_LiveVars(LiveProtect)
    /\ WF_LiveVars(LiveFlush)
    /\ WF_LiveVars(LiveForget)
    /\ WF_LiveVars(LiveRestored)
    /\ WF_LiveVars(LiveRecovered)
    /\ WF_LiveVars(LiveLeave)

LiveSpec == LiveInit /\ [][LiveNext]_LiveVars /\ Fairness

\* @promise RecoveryEnds
\* @kind liveness
\* @thesis 3.2, 3.3
\* @says Once failures stop, recovery ends and somebody runs.
RecoveryEnds == mode = "off" ~> mode \in {"user", "idle"}
===============================================================================
