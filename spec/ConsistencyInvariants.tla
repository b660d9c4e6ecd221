------------------------ MODULE ConsistencyInvariants -------------------------
(***************************************************************************)
(* Every promise by name. Above each stand, for programs to read:          *)
(*   @promise  its name                                                    *)
(*   @kind     state (holds in every state) or step (holds of every step)  *)
(*   @thesis   the section of the thesis that it comes from                *)
(*   @says     the promise in a sentence                                   *)
(* A promise is an implication, also below \A: where its premise never     *)
(* holds, it has said nothing, and a check must not pass because of it.    *)
(* Liveness (recovery ends, every waiter goes on) is in the MCLive modules.*)
(***************************************************************************)
EXTENDS PageShadow

\* The step in which recovery says that memory is as at the last commit.
PutsBack == mode = "reset" /\ mode' = "restored"

\* The step that ends recovery: calls are aborted, notices given, waiters woken.
Resumes == mode = "restored" /\ mode' = "kernel"

\* The step of a first boot, or of a boot after a clean shutdown.
Starts == mode = "reset" /\ mode' = "kernel"

\* A device call or wait of p has come back, aborted.
ComesBackAborted(p) == status'[p] = "ready" /\ call'[p] = "none" /\ answer'[p] = "eintr"

-------------------------------------------------------------------------------
(* STATE PROMISES                                                             *)

\* @promise WriteOnlyIfShadowed
\* @kind state
\* @thesis 4.1
\* @says An important page can be written, by page table or TLB, only while its whole copy counts.
WriteOnlyIfShadowed ==
    boot = "running" /\ writable \cup cached # {} =>
        /\ writable \subseteq recorded \cap whole
        /\ Commit = "one word" => cached \subseteq recorded \cap whole

\* @promise RecoveryIdempotent
\* @kind state
\* @thesis 3.4
\* @says A page that recovery has still to copy back counts as recorded, so that a failure of recovery loses nothing.
RecoveryIdempotent ==
    mode = "reset" /\ boot = "running" /\ changed \cap due # {} => changed \cap due \subseteq recorded

\* @promise DeviceAtMostOnce
\* @kind state
\* @thesis 3.5
\* @says No byte is sent twice: a device call that a failure has cut is not made again.
DeviceAtMostOnce == ledger # <<>> => Cardinality(Promised!Sent) = Len(ledger)

-------------------------------------------------------------------------------
(* STEP PROMISES                                                              *)

\* @promise ShadowRestore
\* @kind step
\* @thesis 3.4
\* @says When recovery ends, every page whose copy counted at the failure is again as at the last commit.
ShadowRestore == PutsBack /\ due # {} => changed' \cap due = {}

\* @promise AtomicEpoch
\* @kind step
\* @thesis 3.4
\* @says The pages of an epoch become durable all together: when recovery ends, no page that it did not copy back differs from the last commit.
AtomicEpoch == PutsBack => changed' \ due = {}

\* @promise ConsistentCut
\* @kind step
\* @thesis 3.1
\* @says What processes and kernel see after recovery is what the last commit left, and no process ever sees what no run without failure and no notice explains.
ConsistentCut ==
    PutsBack \/ mode' \in {"idle", "halted"} =>
        /\ misled' = {}
        /\ PutsBack => UNCHANGED <<cause, current, status, call, answer, notices, pipe, ledger>>

\* @promise BootWordOrder
\* @kind step
\* @thesis 3.2
\* @says The boot word says running exactly while the tables are built and in use, and clean only after every process has exited.
BootWordOrder ==
    boot' # boot \/ mode' \in {"restored", "kernel", "user", "idle", "halted"} =>
        /\ mode' \in {"restored", "kernel", "user", "idle"} => boot' = "running"
        /\ mode' = "halted" => boot' = "clean"
        /\ boot' # boot => boot' # "uninitialised"
        /\ boot' # boot /\ boot' = "clean" => mode = "idle" /\ Promised!Those("exited") = Proc
        /\ boot' # boot /\ boot' = "running" =>
               /\ status' = [p \in Proc |-> "ready"]
               /\ call' = [p \in Proc |-> "none"]
               /\ answer' = [p \in Proc |-> "none"]
               /\ notices' = [p \in Proc |-> 0]
               /\ pipe' = [p \in Pipe |-> <<>>]

\* @promise InterruptedCallNotified
\* @kind step
\* @thesis 3.5, 4.2
\* @says A device call that was under way in the kernel at the failure comes back aborted, and its process can run.
InterruptedCallNotified == \A p \in Proc : Resumes /\ Promised!CallWasCut(p) => ComesBackAborted(p)

\* @promise WaitersWoken
\* @kind step
\* @thesis 3.5
\* @says Every process that waited for a hardware interrupt is woken, and its call comes back aborted.
WaitersWoken == \A p \in Proc : Resumes /\ status[p] = "waiting" => ComesBackAborted(p)

\* @promise NoticeExactlyOnce
\* @kind step
\* @thesis 3.5
\* @says Every aborted call and every wait that a failure ends gives its process exactly one notice, and nothing but the end of recovery gives any.
NoticeExactlyOnce ==
    \A p \in Proc :
        (Resumes /\ Promised!Owed(p)) \/ (~Resumes /\ ~Starts /\ notices'[p] # notices[p]) =>
            Resumes /\ notices'[p] = notices[p] + 1

\* @promise NobodyElseNotified
\* @kind step
\* @thesis 3.3, 3.5
\* @says Recovery leaves every other process alone; only who was blocked behind a waiter may run.
NobodyElseNotified ==
    \A p \in Proc : Resumes /\ ~Promised!Owed(p) =>
        /\ notices'[p] = notices[p]
        /\ answer'[p] = answer[p]
        /\ \/ status'[p] = status[p]
           \/ status[p] = "blocked" /\ status'[p] = "ready" /\ Promised!Those("waiting") # {}
===============================================================================
