------------------------------- MODULE MCReach --------------------------------
(***************************************************************************)
(* Every action is taken: `NeverTaken` must fail for each. If it held for  *)
(* one, whatever the other models say of that action would mean nothing.   *)
(***************************************************************************)
EXTENDS MCPageShadow

CONSTANT Action  \* the name of the action that is looked for

VARIABLE last  \* the action taken last

ReachInit == MCInit /\ last = "Init"

ReachCrash     == MCCrash /\ last' = "Crash"
ReachPowerOn   == MCPowerOn /\ last' = "PowerOn"
ReachStart     == MCStart /\ last' = "Start"
ReachShutdown  == MCShutdown /\ last' = "Shutdown"
ReachRestored  == MCRestored /\ last' = "Restored"
ReachTear      == MCTear /\ last' = "Tear"
ReachRecovered == MCRecovered /\ last' = "Recovered"
ReachEnter     == MCEnter /\ last' = "Enter"
ReachSend      == MCSend /\ last' = "Send"
ReachLeave     == MCLeave /\ last' = "Leave"
ReachSettle    == MCSettle /\ last' = "Settle"
ReachRecord    == MCRecord /\ last' = "Record"
ReachUnprotect == MCUnprotect /\ last' = "Unprotect"
ReachFill      == MCFill /\ last' = "Fill"
ReachFlush     == MCFlush /\ last' = "Flush"
ReachWrite     == MCWrite /\ last' = "Write"
ReachProtect   == MCProtect /\ last' = "Protect"
ReachRestore   == MCRestore /\ last' = "Restore"
ReachForget    == MCForget /\ last' = "Forget"

ReachNext ==
    \/ ReachCrash \/ ReachPowerOn \/ ReachStart \/ ReachShutdown \/ ReachRestored \/ ReachTear \/ ReachRecovered
    \/ ReachEnter \/ ReachSend \/ ReachLeave \/ ReachSettle
    \/ ReachRecord \/ ReachUnprotect \/ ReachFill \/ ReachFlush \/ ReachWrite \/ ReachProtect \/ ReachRestore \/ ReachForget

ReachSpec == ReachInit /\ [][ReachNext]_<<MCVars, last>>

NeverTaken == last # Action
===============================================================================
