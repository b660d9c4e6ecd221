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

\* The end of a privileged section that was one of these tasks.
Leaves(tasks) == mode = "kernel" /\ mode' \in {"user", "idle"} /\ Promised!Task \in tasks

\* The call of that section has come back with answer a.
ComesBack(a) == current \in Proc /\ status'[current] = "ready" /\ answer'[current] = a

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

\* @promise NobodyWaitsAtRest
\* @kind state
\* @thesis 3.5
\* @says When the machine has come to rest nobody waits for a hardware interrupt, and nobody could still run.
NobodyWaitsAtRest == mode = "rest" => Promised!Those("waiting") \cup Promised!Those("ready") = {}

\* @promise EndsClosedAtExit
\* @kind state
\* @thesis 3.1
\* @says A process that has ended holds no end of a pipe: nobody waits for it, and nobody writes to it, in vain.
EndsClosedAtExit ==
    \A p \in Proc : status[p] = "exited" => \A r \in Pipe : p \notin readers[r] \cup writers[r]

\* @promise NobodyBlockedInVain
\* @kind state
\* @thesis 1, 3.3
\* @says A process is blocked only while another can end it: its pipe is empty and somebody can write, or is full and somebody can read, or the serial port is taken.
NobodyBlockedInVain == \A p \in Proc : status[p] = "blocked" => Promised!HasToWait(p)

\* @promise RunnableOnce
\* @kind state
\* @thesis 3.2, 3.3
\* @says Every process that can run runs or stands in the run queue, once; nobody else does.
RunnableOnce ==
    boot = "running" =>
        /\ Promised!Range(queue) = Promised!Those("ready") \ {current}
        /\ Len(queue) = Cardinality(Promised!Range(queue))

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
    PutsBack \/ mode' \in {"idle", "halted", "rest"} =>
        /\ misled' = {}
        /\ PutsBack => UNCHANGED <<cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger>>

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
               /\ pending' = {}
               /\ queue' \in Promised!Orders(Proc)
               /\ pipe' = [p \in Pipe |-> <<>>]
               /\ readers' = Readers
               /\ writers' = Writers

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

\* @promise NoticeKept
\* @kind step
\* @thesis 3.5
\* @says A notice is pending from the end of recovery, for just those who are owed one, until its process takes it.
NoticeKept ==
    \/ ~Starts /\ pending' # pending
    \/ Resumes /\ \E p \in Proc : Promised!Owed(p)
    \/ Leaves({"take"}) /\ ComesBack("ok")
    =>
        \/ Resumes /\ pending' = pending \cup {p \in Proc : Promised!Owed(p)}
        \/ Leaves({"take"}) /\ ComesBack("ok") /\ current \in pending /\ pending' = pending \ {current}

\* @promise TurnsInOrder
\* @kind step
\* @thesis 3.2
\* @says Nobody in the run queue is passed over, whatever fails: the first of it runs next, and who comes to it goes to its end.
TurnsInOrder ==
    ~Starts /\ queue' # queue =>
        LET StartsWith(s, t) == Len(t) <= Len(s) /\ SubSeq(s, 1, Len(t)) = t
        IN  \/ StartsWith(queue', queue)
            \/ current' # current /\ StartsWith(<<current'>> \o queue', queue)

\* @promise EndsKept
\* @kind step
\* @thesis 1, 3.1
\* @says Who holds an end of a pipe changes only as a process closes one, which takes that one from it, or ends; no failure takes or gives any.
EndsKept ==
    (~Starts /\ (readers' # readers \/ writers' # writers)) \/ Leaves({"close"}) =>
        /\ Leaves({"close", "exit", "fault"})
        /\ \A p \in Pipe :
               /\ readers'[p] \in {readers[p], readers[p] \ {current}}
               /\ writers'[p] \in {writers[p], writers[p] \ {current}}
        /\ Leaves({"close"}) =>
               Cardinality({p \in Pipe : readers'[p] # readers[p]})
                   + Cardinality({p \in Pipe : writers'[p] # writers[p]}) = 1

\* @promise EndOfFileOnlyAtEnd
\* @kind step
\* @thesis 1, 3.1
\* @says A read finds the end of a pipe only where it is empty and nobody holds its end for writing any more.
EndOfFileOnlyAtEnd ==
    Leaves({"read"}) /\ ComesBack("eof") =>
        \E p \in Pipe : current \in readers[p] /\ pipe[p] = <<>> /\ writers[p] = {}

\* @promise BrokenPipeOnlyUnread
\* @kind step
\* @thesis 1, 3.1
\* @says A write finds its pipe broken only where nobody holds its end for reading any more.
BrokenPipeOnlyUnread ==
    Leaves({"write"}) /\ ComesBack("epipe") =>
        \E p \in Pipe : current \in writers[p] /\ readers[p] = {}
===============================================================================
