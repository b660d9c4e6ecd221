------------------------------- MODULE MCReach --------------------------------
(***************************************************************************)
(* Every action is taken: `NeverTaken` must fail for each. If it held for  *)
(* one, whatever the other models say of that action would mean nothing.   *)
(***************************************************************************)
EXTENDS MCPageShadow

CONSTANT Action  \* the name of the action that is looked for

VARIABLE last  \* the action taken last

ReachInit == MCInit /\ last = "Init"

ReachNext ==
    \/ MCCrash     /\ last' = "Crash"
    \/ MCPowerOn   /\ last' = "PowerOn"
    \/ MCStart     /\ last' = "Start"
    \/ MCShutdown  /\ last' = "Shutdown"
    \/ MCRestored  /\ last' = "Restored"
    \/ MCTear      /\ last' = "Tear"
    \/ MCRecovered /\ last' = "Recovered"
    \/ MCEnter     /\ last' = "Enter"
    \/ MCSend      /\ last' = "Send"
    \/ MCLeave     /\ last' = "Leave"
    \/ MCSettle    /\ last' = "Settle"
    \/ MCRecord    /\ last' = "Record"
    \/ MCUnprotect /\ last' = "Unprotect"
    \/ MCFill      /\ last' = "Fill"
    \/ MCFlush     /\ last' = "Flush"
    \/ MCWrite     /\ last' = "Write"
    \/ MCProtect   /\ last' = "Protect"
    \/ MCRestore   /\ last' = "Restore"
    \/ MCForget    /\ last' = "Forget"

ReachSpec == ReachInit /\ [][ReachNext]_<<MCVars, last>>

NeverTaken == last # Action
===============================================================================
