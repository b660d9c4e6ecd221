------------------------------ MODULE MCMutants -------------------------------
(***************************************************************************)
(* Kernels with one fault each. `Fault` is what the faulty kernel does     *)
(* besides what a correct one does. Each breaks the promise that names the *)
(* fault, so that the promise is shown to say something; spec/models.json  *)
(* says which, and where a fault must break others with it.                *)
(***************************************************************************)
EXTENDS MCPageShadow

CONSTANT Mutant

-------------------------------------------------------------------------------
(* Faults in keeping shadows.                                                 *)

\* A page is made writable before its copy counts; the copy is made to count before the first write.
UnprotectsEarly ==
    /\ Working
    /\ \E p \in Page \ (recorded \cup writable) : writable' = writable \cup {p}
    /\ UNCHANGED <<cached, recorded, whole, changed, due>>
    /\ UNCHANGED promised

\* The copy counts while it is not whole. Copied back, it is not what the page was.
RecordsHalf ==
    /\ Working
    /\ \E p \in Page \ (recorded \cup changed) :
           recorded' = recorded \cup {p} /\ writable' = writable \cup {p}
    /\ UNCHANGED <<cached, whole, changed, due>>
    /\ UNCHANGED promised

\* A page is protected at the commit, but the TLB still lets write it.
LeavesWithoutFlush ==
    /\ OfferedPipes
    /\ Promised!Leave
    /\ writable = {}
    /\ recorded' = {} /\ whole' = {} /\ changed' = {}
    /\ UNCHANGED <<writable, cached, due>>

\* The record is emptied before the section has ended.
EmptiesRecordEarly ==
    /\ mode = "kernel" /\ boot = "running"
    /\ writable = {} /\ cached = {} /\ changed # {}
    /\ recorded' = {} /\ whole' = {}
    /\ UNCHANGED <<writable, cached, changed, due>>
    /\ UNCHANGED promised

-------------------------------------------------------------------------------
(* Faults of recovery with the pages.                                         *)

\* Recovery ends without having looked whether memory is whole.
EndsAnyhow ==
    /\ Recovering
    /\ NothingRecorded
    /\ changed # {}
    /\ Promised!Restored
    /\ UNCHANGED pages

\* Recovery ends before every page is copied back.
EndsEarly ==
    /\ Recovering
    /\ writable = {} /\ cached = {} /\ changed # {}
    /\ Promised!Restored
    /\ UNCHANGED pages

\* The record is emptied first; the pages are copied back after it, from what recovery remembers.
ForgetsFirst ==
    \/ /\ Recovering
       /\ writable = {} /\ cached = {} /\ recorded # {}
       /\ recorded' = {} /\ whole' = {}
       /\ UNCHANGED <<writable, cached, changed, due>>
       /\ UNCHANGED promised
    \/ /\ Recovering
       /\ \E p \in due : changed' = changed \ {p}
       /\ UNCHANGED <<writable, cached, recorded, whole, due>>
       /\ UNCHANGED promised

\* What is read after recovery is not what the last commit left: somebody's answer is another.
LosesAnswer ==
    /\ NothingRecorded
    /\ Recovering
    /\ changed = {}
    /\ mode' = "restored"
    /\ \E p \in Proc : answer[p] = "none" /\ answer' = [answer EXCEPT ![p] = "ok"]
    /\ UNCHANGED <<boot, cause, current, status, call, notices, pending, queue, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED pages

\* A process that has ended saw what no run without failure explains.
Misleads ==
    /\ mode = "idle"
    /\ Promised!Those("blocked") \cup Promised!Those("exited") = Proc
    /\ misled' = Proc
    /\ UNCHANGED <<boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger>>
    /\ UNCHANGED pages

-------------------------------------------------------------------------------
(* Faults with the boot word.                                                 *)

\* The kernel runs before the boot word says so.
StartsUnflagged ==
    /\ mode = "reset"
    /\ boot # "running"
    /\ mode' = "kernel"
    /\ cause' = "boot"
    /\ UNCHANGED <<boot, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED pages

\* The boot word says "clean" while a process is still there.
ShutsDownEarly ==
    /\ mode = "idle"
    /\ boot' = "clean"
    /\ mode' = "halted"
    /\ UNCHANGED <<cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED pages

-------------------------------------------------------------------------------
(* Faults with the device and the notices.                                    *)

\* A byte that was sent is sent again.
SendsAgain ==
    /\ Promised!MaySend
    /\ Len(ledger) < 2
    /\ \E b \in Promised!Sent : ledger' = Append(ledger, b)
    /\ UNCHANGED <<boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, misled>>
    /\ UNCHANGED pages

\* The end of recovery, with what it makes of statuses, answers and notices, of the signals pending, and with
\* whom it puts at the end of the run queue once more.
RecoversInto(newStatus, newAnswer, newNotices, newPending, again) ==
    /\ mode = "restored"
    /\ Committable
    /\ mode' = "kernel"
    /\ cause' = "boot"
    /\ call' = [p \in Proc |-> "none"]
    /\ status' = newStatus
    /\ answer' = newAnswer
    /\ notices' = newNotices
    /\ \E late \in Promised!Orders({p \in Proc : newStatus[p] = "ready"} \ (Promised!Range(queue) \cup {current})) :
           queue' = queue \o late \o again
    /\ pending' = newPending
    /\ UNCHANGED <<boot, current, pipe, readers, writers, ledger, misled>>
    /\ writable' = {} /\ cached' = {} /\ recorded' = {} /\ whole' = {} /\ changed' = {} /\ due' = {}

Owed == {p \in Proc : Promised!Owed(p)}
Told == [p \in Proc |-> IF p \in Owed THEN "eintr" ELSE answer[p]]
Behind == IF Promised!Those("waiting") = {} THEN {} ELSE Promised!Those("blocked")
Woken == [p \in Proc |-> IF p \in Owed \cup Behind THEN "ready" ELSE status[p]]
Counted == [p \in Proc |-> IF p \in Owed THEN notices[p] + 1 ELSE notices[p]]
RecoversWith(newStatus, newAnswer, newNotices) ==
    RecoversInto(newStatus, newAnswer, newNotices, pending \cup Owed, <<>>)

\* The call that was cut comes back as if it had been done.
AnswersOk ==
    RecoversWith(Woken, [p \in Proc |-> IF Promised!CallWasCut(p) THEN "ok" ELSE Told[p]], Counted)

\* A waiter is told, but goes on waiting.
LeavesWaiter ==
    RecoversWith([p \in Proc |-> IF status[p] = "waiting" THEN "waiting" ELSE Woken[p]], Told, Counted)

\* A notice is given twice.
TellsTwice ==
    RecoversWith(Woken, Told, [p \in Proc |-> IF p \in Owed THEN notices[p] + 2 ELSE notices[p]])

\* No notice is given.
TellsNobody == RecoversWith(Woken, Told, notices)

\* Everybody is given a notice.
TellsAll == RecoversWith(Woken, Told, [p \in Proc |-> notices[p] + 1])

\* A process that is blocked on another is let go. Nobody waits, so nobody's turn has come.
WakesBlocked ==
    /\ Promised!Those("waiting") = {}
    /\ RecoversWith([p \in Proc |-> IF status[p] = "blocked" THEN "ready" ELSE Woken[p]], Told, Counted)

\* The notices are counted, and no signal is pending.
LeavesNonePending == RecoversInto(Woken, Told, Counted, pending, <<>>)

\* Who ran is put on the run queue as well.
QueuesTwice == current # 0 /\ RecoversInto(Woken, Told, Counted, pending \cup Owed, <<current>>)

\* The machine comes to rest while a process waits for an interrupt: its line is masked, say.
RestsEarly ==
    /\ mode = "idle" /\ Promised!Those("waiting") # {}
    /\ mode' = "rest"
    /\ UNCHANGED <<boot, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED pages

\* The last in the run queue runs first.
JumpsTheQueue ==
    /\ mode = "kernel" /\ cause = "boot" /\ current = 0 /\ Len(queue) = 2
    /\ writable = {} /\ cached = {} /\ recorded = {} /\ changed = {}
    /\ mode' = "user"
    /\ cause' = "none"
    /\ current' = queue[2]
    /\ queue' = <<queue[1]>>
    /\ UNCHANGED <<boot, status, call, answer, notices, pending, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED pages

-------------------------------------------------------------------------------
(* Faults with the ends of pipes. Nothing is written in the epochs of these.  *)

Idle == writable = {} /\ cached = {} /\ recorded = {}

\* The section ends: the current process goes on, with answer a and the ends that are given.
LeavesWith(a, newReaders, newWriters) ==
    /\ mode = "kernel" /\ current \in Proc /\ Idle
    /\ mode' = "user"
    /\ cause' = "none"
    /\ call' = [call EXCEPT ![current] = "none"]
    /\ answer' = [answer EXCEPT ![current] = a]
    /\ readers' = newReaders
    /\ writers' = newWriters
    /\ UNCHANGED <<boot, current, status, notices, pending, queue, pipe, ledger, misled>>
    /\ changed' = {}
    /\ UNCHANGED <<writable, cached, recorded, whole, due>>

\* A process ends and goes on holding what it held.
LeavesEndsOpen ==
    /\ mode = "kernel" /\ Promised!Task = "exit" /\ Idle
    /\ status' = [q \in Proc |-> IF q = current THEN "exited" ELSE IF status[q] = "blocked" THEN "ready" ELSE status[q]]
    /\ call' = [call EXCEPT ![current] = "none"]
    /\ Promised!Schedules
    /\ cause' = "none"
    /\ UNCHANGED <<boot, answer, notices, pending, pipe, readers, writers, ledger, misled>>
    /\ changed' = {}
    /\ UNCHANGED <<writable, cached, recorded, whole, due>>

\* A write takes the end for writing from its process.
TakesAnEnd ==
    /\ Promised!Task = "write"
    /\ \A q \in Proc : status[q] # "blocked"
    /\ LeavesWith("ok", readers, [p \in Pipe |-> writers[p] \ {current}])

\* A read comes back at the end of a pipe that somebody may still write to.
EndsFileEarly ==
    /\ Promised!Task = "read"
    /\ \E p \in Pipe : current \in readers[p] /\ pipe[p] = <<>> /\ writers[p] # {}
    /\ LeavesWith("eof", readers, writers)

\* A write comes back broken from a pipe that somebody may still read.
BreaksPipeEarly ==
    /\ Promised!Task = "write"
    /\ \E p \in Pipe : current \in writers[p] /\ readers[p] # {}
    /\ LeavesWith("epipe", readers, writers)

\* A process that ends wakes nobody who waited for it.
WakesNobody ==
    /\ mode = "kernel" /\ Promised!Task = "exit" /\ Idle
    /\ status' = [status EXCEPT ![current] = "exited"]
    /\ call' = [call EXCEPT ![current] = "none"]
    /\ readers' = [p \in Pipe |-> readers[p] \ {current}]
    /\ writers' = [p \in Pipe |-> writers[p] \ {current}]
    /\ Promised!Schedules
    /\ cause' = "none"
    /\ UNCHANGED <<boot, answer, notices, pending, pipe, ledger, misled>>
    /\ changed' = {}
    /\ UNCHANGED <<writable, cached, recorded, whole, due>>

-------------------------------------------------------------------------------

Fault ==
    CASE Mutant = "unprotects early"        -> UnprotectsEarly
      [] Mutant = "records half a copy"     -> RecordsHalf
      [] Mutant = "leaves without a flush"  -> (LeavesWithoutFlush \/ EndsAnyhow)
      [] Mutant = "empties record early"    -> (EmptiesRecordEarly \/ EndsAnyhow)
      [] Mutant = "ends early"              -> EndsEarly
      [] Mutant = "forgets first"           -> ForgetsFirst
      [] Mutant = "loses an answer"         -> LosesAnswer
      [] Mutant = "misleads"                -> Misleads
      [] Mutant = "starts unflagged"        -> StartsUnflagged
      [] Mutant = "shuts down early"        -> ShutsDownEarly
      [] Mutant = "sends again"             -> SendsAgain
      [] Mutant = "answers ok"              -> AnswersOk
      [] Mutant = "leaves a waiter"         -> LeavesWaiter
      [] Mutant = "tells twice"             -> TellsTwice
      [] Mutant = "tells nobody"            -> TellsNobody
      [] Mutant = "tells all"               -> TellsAll
      [] Mutant = "wakes the blocked"       -> WakesBlocked
      [] Mutant = "leaves none pending"     -> LeavesNonePending
      [] Mutant = "queues twice"            -> QueuesTwice
      [] Mutant = "rests early"             -> RestsEarly
      [] Mutant = "jumps the queue"         -> JumpsTheQueue
      [] Mutant = "leaves ends open"        -> LeavesEndsOpen
      [] Mutant = "takes an end"            -> TakesAnEnd
      [] Mutant = "ends file early"         -> EndsFileEarly
      [] Mutant = "breaks pipe early"       -> BreaksPipeEarly
      [] Mutant = "wakes nobody"            -> WakesNobody

\* The one that unprotects early has its copies counted before it writes; nobody else's write changes.
MutantWrite == MCWrite /\ (Mutant = "unprotects early" => changed' \subseteq recorded)

MutantFault == Fault /\ UNCHANGED crashes

MutantNext ==
    \/ MCCrash \/ MCPowerOn \/ MCStart \/ MCShutdown \/ MCRestored \/ MCRecovered
    \/ MCEnter \/ MCSend \/ MCLeave \/ MCSettle
    \/ MCRecord \/ MCUnprotect \/ MCFill \/ MCFlush \/ MutantWrite \/ MCProtect \/ MCRestore \/ MCForget
    \/ MutantFault

MutantSpec == MCInit /\ [][MutantNext]_MCVars
===============================================================================
