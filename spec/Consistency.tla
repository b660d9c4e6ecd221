----------------------------- MODULE Consistency -----------------------------
(***************************************************************************)
(* What is promised to the processes of a kernel in non-volatile memory.   *)
(* There is no word of pages here: every operation of the kernel is one    *)
(* step, a power failure happens between steps, and what it costs is only  *)
(* what `Recovered` says: device calls in flight are aborted and waiters   *)
(* are woken, each with exactly one notice.                                *)
(*                                                                         *)
(* `PageShadow` says how this is kept. The words are those of              *)
(* docs/VOCABULARY.md: an action here is an event kind there.              *)
(*                                                                         *)
(* What a write puts into a pipe is the process's own choice, and so       *)
(* `Leave` does not enumerate it: it judges a pipe' that is already        *)
(* given. A recorded trace gives it; a bounded model offers candidates     *)
(* (see `OfferedPipes` in the MC modules).                                 *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
    Proc,          \* the processes, 1..N
    Pipe,          \* the pipes
    Byte,          \* what pipes and the serial port carry
    PipeCapacity,  \* how many bytes a pipe holds
    Readers,       \* [Pipe -> SUBSET Proc]: who is given the pipe's end for reading
    Writers        \* [Pipe -> SUBSET Proc]: who is given the pipe's end for writing

Nobody == 0

ASSUME Nobody \notin Proc
ASSUME PipeCapacity \in Nat \ {0}
ASSUME \A p \in Pipe : Readers[p] \subseteq Proc /\ Writers[p] \subseteq Proc

VARIABLES
    boot,     \* the boot word
    mode,     \* what the machine is at
    cause,    \* why the privileged section was entered; stays over a failure
    current,  \* the process that runs, or that entered the kernel
    status,   \* of each process
    call,     \* of each process: its call in flight
    answer,   \* of each process: how its last call came back
    notices,  \* of each process: notices of a reboot that it was given, in all
    pending,  \* the processes that have a notice which they have not taken yet: SIGPWR is pending
    queue,    \* the run queue: who can run and does not, in the order of their turns
    pipe,     \* of each pipe: the bytes in it
    readers,  \* of each pipe: the processes that hold its end for reading
    writers,  \* of each pipe: the processes that hold its end for writing
    ledger,   \* what the serial port really sent
    misled    \* the processes that saw what no failure-free run and no notice explains

vars == <<boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>

BootWord == {"uninitialised", "running", "clean"}
Mode     == {"off", "reset", "restored", "kernel", "user", "idle", "halted", "rest"}
Cause    == {"none", "boot", "call", "tick", "serial", "fault"}
Status   == {"ready", "waiting", "blocked", "exited"}
Call     == {"none", "exit", "read", "write", "close", "send", "take", "yield", "other"}
Answer   == {"none", "ok", "eof", "epipe", "eintr", "error"}

ConsistencyTypeOK ==
    /\ boot \in BootWord
    /\ mode \in Mode
    /\ cause \in Cause
    /\ current \in Proc \cup {Nobody}
    /\ status \in [Proc -> Status]
    /\ call \in [Proc -> Call]
    /\ answer \in [Proc -> Answer]
    /\ notices \in [Proc -> Nat]
    /\ pending \subseteq Proc
    /\ queue \in Seq(Proc)
    /\ pipe \in [Pipe -> Seq(Byte)]
    /\ readers \in [Pipe -> SUBSET Proc]
    /\ writers \in [Pipe -> SUBSET Proc]
    /\ ledger \in Seq(Byte)
    /\ misled \subseteq Proc

\* The processes whose status is s.
Those(s) == {p \in Proc : status[p] = s}

\* Every byte that was ever sent.
Sent == {ledger[i] : i \in 1..Len(ledger)}

\* What is in a sequence.
Range(s) == {s[i] : i \in 1..Len(s)}

\* Every order in which the members of S can stand, each once.
RECURSIVE Orders(_)
Orders(S) == IF S = {} THEN {<<>>} ELSE UNION {{<<x>> \o rest : rest \in Orders(S \ {x})} : x \in S}

-------------------------------------------------------------------------------
(* Waiting for each other.                                                    *)

\* Somebody may still write to the pipe, or read from it: who holds the end may use it.
HasWriter(p) == writers[p] # {}
HasReader(p) == readers[p] # {}

\* There is something for which q may have to wait for another process: bytes in a pipe that it reads, room
\* in a pipe that it writes, or its turn at the serial port.
HasToWait(q) ==
    \/ \E p \in Pipe : q \in readers[p] /\ pipe[p] = <<>> /\ HasWriter(p)
    \/ \E p \in Pipe : q \in writers[p] /\ Len(pipe[p]) = PipeCapacity /\ HasReader(p)
    \/ Those("waiting") # {}

\* A process is blocked only while there is something to wait for.
NobodyBlockedInVain == \A q \in Those("blocked") : HasToWait(q)

\* The current process's status becomes `own`; of the blocked among `peers`, some become ready: they make
\* their call again, so to wake one too many does no harm. To wake one too few is for NobodyBlockedInVain.
Becomes(own, peers) ==
    \E woken \in SUBSET (Those("blocked") \cap peers) :
        status' = [q \in Proc |-> IF q = current THEN own
                                  ELSE IF q \in woken THEN "ready" ELSE status[q]]

\* Who may wait for something to change at pipe p, or at any pipe of process q.
PeersAt(p) == readers[p] \cup writers[p]
PeersOf(q) == UNION {PeersAt(p) : p \in {r \in Pipe : q \in PeersAt(r)}}

\* q holds an end of some pipe.
HoldsAnEnd(q) == \E p \in Pipe : q \in PeersAt(p)

-------------------------------------------------------------------------------
(* Power and boot (thesis 3.2).                                               *)

Init ==
    /\ boot = "uninitialised"
    /\ mode = "off"
    /\ cause = "none"
    /\ current = Nobody
    /\ status = [p \in Proc |-> "ready"]
    /\ call = [p \in Proc |-> "none"]
    /\ answer = [p \in Proc |-> "none"]
    /\ notices = [p \in Proc |-> 0]
    /\ pending = {}
    /\ queue = <<>>
    /\ pipe = [p \in Pipe |-> <<>>]
    /\ readers = Readers
    /\ writers = Writers
    /\ ledger = <<>>
    /\ misled = {}

\* Power comes.
PowerOn ==
    /\ mode = "off"
    /\ mode' = "reset"
    /\ UNCHANGED <<boot, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>

\* Power fails, at any moment. What is promised stays as it was at the last commit; `cause` says, until
\* recovery has ended, whether a privileged section was under way.
Crash ==
    /\ mode # "off"
    /\ mode' = "off"
    /\ UNCHANGED <<boot, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>

\* First boot, or the boot after a clean shutdown: all tables are built, and the boot word says so at once.
Start ==
    /\ mode = "reset"
    /\ boot # "running"
    /\ boot' = "running"
    /\ mode' = "kernel"
    /\ cause' = "boot"
    /\ current' = Nobody
    /\ status' = [p \in Proc |-> "ready"]
    /\ call' = [p \in Proc |-> "none"]
    /\ answer' = [p \in Proc |-> "none"]
    /\ notices' = [p \in Proc |-> 0]
    /\ pending' = {}
    /\ queue' \in Orders(Proc)
    /\ pipe' = [p \in Pipe |-> <<>>]
    /\ readers' = Readers
    /\ writers' = Writers
    /\ ledger' = <<>>
    /\ misled' = {}

\* Every process has exited: the boot word becomes "clean".
Shutdown ==
    /\ mode = "idle"
    /\ Those("exited") = Proc
    /\ boot' = "clean"
    /\ mode' = "halted"
    /\ UNCHANGED <<cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>

-------------------------------------------------------------------------------
(* Recovery (thesis 3.3 to 3.5).                                              *)

\* Memory is again as the last commit left it.
Restored ==
    /\ mode = "reset"
    /\ boot = "running"
    /\ mode' = "restored"
    /\ UNCHANGED <<boot, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>

\* The failure hit the privileged section of p's device call.
CallWasCut(p) == cause = "call" /\ current = p /\ call[p] = "send"

\* Who must be told of the reboot: whoever waited for the device, and whose device call was under way.
Owed(p) == status[p] = "waiting" \/ CallWasCut(p)

\* What was in flight is settled: a device call is aborted, its process is ready and gets one notice; any
\* other call is made again. Who ran goes on; who can run again has the last turns. Who was blocked on another process is left alone, unless it was blocked behind
\* one that waited for the device and waits no more.
Recovered ==
    /\ mode = "restored"
    /\ mode' = "kernel"
    /\ cause' = "boot"
    /\ call' = [p \in Proc |-> "none"]
    /\ answer' = [p \in Proc |-> IF Owed(p) THEN "eintr" ELSE answer[p]]
    /\ notices' = [p \in Proc |-> IF Owed(p) THEN notices[p] + 1 ELSE notices[p]]
    /\ pending' = pending \cup {p \in Proc : Owed(p)}
    /\ \E woken \in SUBSET (IF Those("waiting") = {} THEN {} ELSE Those("blocked")) :
           status' = [p \in Proc |-> IF Owed(p) \/ p \in woken THEN "ready" ELSE status[p]]
    /\ \E late \in Orders({p \in Proc : status'[p] = "ready"} \ (Range(queue) \cup {current})) :
           queue' = queue \o late
    /\ UNCHANGED <<boot, current, pipe, readers, writers, ledger, misled>>
    /\ NobodyBlockedInVain'

-------------------------------------------------------------------------------
(* Privileged sections: each is one operation, from Enter to Leave.           *)

\* The kernel is entered: by the process that runs, or by an interrupt.
Enter(c) ==
    /\ \/ mode = "user" /\ c \in {"call", "tick", "serial", "fault"}
       \/ mode = "idle" /\ c \in {"tick", "serial"}
    /\ mode' = "kernel"
    /\ cause' = c
    /\ IF c = "call"
       THEN \E k \in Call \ {"none"} :
                /\ k = "close" => HoldsAnEnd(current)
                /\ call' = [call EXCEPT ![current] = k]
       ELSE UNCHANGED call
    /\ UNCHANGED <<boot, current, status, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>

\* There is a call on whose behalf the serial port may be given a byte.
MaySend ==
    /\ mode = "kernel"
    /\ \/ cause = "call" /\ current \in Proc /\ call[current] = "send"
       \/ cause = "serial" /\ Those("waiting") # {}

\* The serial port sends byte b. No program sends a byte twice: what has been sent is not sent again.
Send(b) ==
    /\ MaySend
    /\ b \notin Sent
    /\ ledger' = Append(ledger, b)
    /\ UNCHANGED <<boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, misled>>

\* The current process's call is over, with answer a.
Returns(a) ==
    /\ call' = [call EXCEPT ![current] = "none"]
    /\ answer' = [answer EXCEPT ![current] = a]

\* Everybody holds the ends of pipes, and has the signals pending, that it had.
Undisturbed == UNCHANGED <<readers, writers, pending>>

\* The current process waits for another: it is put back on its call, and makes it again when it runs.
Blocks ==
    /\ call' = [call EXCEPT ![current] = "none"]
    /\ Becomes("blocked", {})
    /\ Undisturbed
    /\ UNCHANGED <<answer, pipe>>

\* Nothing but who runs.
Switches == Undisturbed /\ UNCHANGED <<status, call, answer, pipe>>

\* The call does nothing to anybody else.
ReturnsAlone(a) == Returns(a) /\ Undisturbed /\ UNCHANGED <<status, pipe>>

\* The current process ends, by its own call or by a fault: it holds nothing any more, and whoever shares a
\* pipe with it may go on.
Ends ==
    /\ call' = [call EXCEPT ![current] = "none"]
    /\ Becomes("exited", PeersOf(current))
    /\ readers' = [p \in Pipe |-> readers[p] \ {current}]
    /\ writers' = [p \in Pipe |-> writers[p] \ {current}]
    /\ UNCHANGED <<answer, pipe, pending>>

\* At least one byte more is in pipe p, behind those that were there, and nothing else has changed.
Appended(p) ==
    /\ Len(pipe'[p]) \in (Len(pipe[p]) + 1)..PipeCapacity
    /\ SubSeq(pipe'[p], 1, Len(pipe[p])) = pipe[p]
    /\ pipe' = [pipe EXCEPT ![p] = pipe'[p]]
    /\ Undisturbed

\* At least one byte was taken from the front of pipe p, and nothing else has changed.
Taken(p) ==
    /\ \E n \in 1..Len(pipe[p]) : pipe' = [pipe EXCEPT ![p] = SubSeq(@, n + 1, Len(@))]
    /\ Undisturbed

\* A write to a pipe: where nobody reads it fails, and to a full one it has to wait.
WritesTo(p) ==
    IF ~HasReader(p) THEN ReturnsAlone("epipe")
    ELSE IF Len(pipe[p]) = PipeCapacity THEN Blocks
    ELSE Appended(p) /\ Returns("ok") /\ Becomes("ready", PeersAt(p))

\* A read from a pipe: from an empty one it has to wait, or finds its end where nobody can write any more.
ReadsFrom(p) ==
    IF pipe[p] # <<>> THEN Taken(p) /\ Returns("ok") /\ Becomes("ready", PeersAt(p))
    ELSE IF HasWriter(p) THEN Blocks
    ELSE ReturnsAlone("eof")

\* A call on a pipe whose end the process holds; or it is no valid call.
Writes == (\E p \in {r \in Pipe : current \in writers[r]} : WritesTo(p)) \/ ReturnsAlone("error")
Reads  == (\E p \in {r \in Pipe : current \in readers[r]} : ReadsFrom(p)) \/ ReturnsAlone("error")

\* The process gives up one end that it holds: its peers may have nothing more to wait for.
Closes ==
    /\ \E p \in Pipe :
           \/ /\ current \in readers[p]
              /\ readers' = [readers EXCEPT ![p] = @ \ {current}]
              /\ UNCHANGED writers
           \/ /\ current \in writers[p]
              /\ writers' = [writers EXCEPT ![p] = @ \ {current}]
              /\ UNCHANGED readers
    /\ Returns("ok")
    /\ Becomes("ready", PeersOf(current))
    /\ UNCHANGED <<pipe, pending>>

\* Any other call. It may close one of several descriptors of an end, or something that is no pipe's end: who
\* holds what stays, and its peers may look again.
DoesOther ==
    \/ ReturnsAlone("error")
    \/ Returns("ok") /\ Becomes("ready", PeersOf(current)) /\ Undisturbed /\ UNCHANGED pipe

\* A device call: its process waits for the interrupt; or it is no valid call; or another has the port.
Sends ==
    \/ /\ Becomes("waiting", {})
       /\ Undisturbed
       /\ UNCHANGED <<call, answer, pipe>>
    \/ ReturnsAlone("error")
    \/ Those("waiting") # {} /\ Blocks

\* The interrupt that a waiter waits for: its call is over, and the port is free for the next.
SendEnds(q) ==
    /\ status[q] = "waiting"
    /\ \E woken \in SUBSET Those("blocked") :
           status' = [r \in Proc |-> IF r = q \/ r \in woken THEN "ready" ELSE status[r]]
    /\ call' = [call EXCEPT ![q] = "none"]
    /\ answer' = [answer EXCEPT ![q] = "ok"]
    /\ Undisturbed
    /\ UNCHANGED pipe

\* The process takes the notice that is pending for it; or there is none, or it is no valid call.
Takes ==
    \/ /\ current \in pending
       /\ pending' = pending \ {current}
       /\ Returns("ok")
       /\ UNCHANGED <<status, pipe, readers, writers>>
    \/ ReturnsAlone("error")

\* What the privileged section is for.
Task == IF cause # "call" THEN cause ELSE IF current \in Proc THEN call[current] ELSE "none"

Operation ==
    CASE Task \in {"boot", "tick"}  -> Switches
      [] Task = "serial"            -> (Switches \/ \E q \in Proc : SendEnds(q))
      [] Task \in {"exit", "fault"} -> Ends
      [] Task = "write"             -> Writes
      [] Task = "read"              -> Reads
      [] Task = "send"              -> Sends
      [] Task = "take"              -> Takes
      [] Task = "yield"             -> ReturnsAlone("ok")
      [] Task = "close"             -> Closes
      [] Task = "other"             -> DoesOther
      [] OTHER                      -> FALSE

\* A ready process runs: the one that ran, or the first in the queue. Who comes to be ready, or gives up its
\* turn, goes to the end. When nobody is ready, nobody runs.
Schedules ==
    LET able == {q \in Proc : status'[q] = "ready"}
        late == able \ Range(queue)
    IN  IF able = {} THEN mode' = "idle" /\ current' = Nobody /\ queue' = <<>>
        ELSE /\ mode' = "user"
             /\ \/ /\ current \in able
                   /\ current' = current
                   /\ \E last \in Orders(late \ {current}) : queue' = queue \o last
                \/ \E last \in Orders(late) :
                       LET line == queue \o last
                       IN  current' = Head(line) /\ queue' = Tail(line)

\* The privileged section ends: its one operation has its whole effect, and somebody runs.
Leave ==
    /\ mode = "kernel"
    /\ Operation
    /\ NobodyBlockedInVain'
    /\ Schedules
    /\ cause' = "none"
    /\ UNCHANGED <<boot, notices, ledger, misled>>

-------------------------------------------------------------------------------

\* The run is over: every process has ended, or is blocked for good. Nobody was misled.
Settle ==
    /\ mode \in {"idle", "halted", "rest"}
    /\ mode' = "rest"
    /\ Those("blocked") \cup Those("exited") = Proc
    /\ NobodyBlockedInVain
    /\ misled' = {}
    /\ UNCHANGED <<boot, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger>>

Next ==
    \/ PowerOn
    \/ Crash
    \/ Start
    \/ Shutdown
    \/ Restored
    \/ Recovered
    \/ \E c \in Cause : Enter(c)
    \/ MaySend /\ \E b \in Byte : Send(b)
    \/ Leave
    \/ Settle

Spec == Init /\ [][Next]_vars
===============================================================================
