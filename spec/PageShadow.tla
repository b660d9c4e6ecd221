------------------------------ MODULE PageShadow ------------------------------
(***************************************************************************)
(* How the promise of `Consistency` is kept (thesis 3.4, 4.1): important   *)
(* pages are read-only; the first write of an epoch copies the page to its *)
(* shadow; a commit ends the epoch; recovery copies back every page whose  *)
(* shadow counts.                                                          *)
(*                                                                         *)
(* Contents are not modelled. A page either differs from what it was at    *)
(* the last commit (`changed`) or not, and a shadow either equals that     *)
(* (`whole`) or not.                                                       *)
(*                                                                         *)
(* `Commit` says which store makes an epoch durable:                       *)
(*   "one word"      one store empties the record of shadows;              *)
(*   "page by page"  there is no record: a shadow counts while its page is *)
(*                   writable, so that each protection takes one page out  *)
(*                   of recovery's reach, and the last one is the commit.  *)
(* Only the first refines `Consistency`: see `Refinement` at the end.      *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
    Proc, Pipe, Byte, PipeCapacity, Readers, Writers,  \* as in Consistency
    Page,     \* the important pages
    Commit    \* "one word" or "page by page"

ASSUME Commit \in {"one word", "page by page"}

VARIABLES
    boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled,  \* as in Consistency
    writable,  \* the page table lets write
    cached,    \* the TLB holds a translation that lets write
    recorded,  \* the shadow counts: recovery would copy it back
    whole,     \* recorded, and the shadow is equal to the page at the last commit
    changed,   \* the page differs from what it was at the last commit
    due        \* recorded at a power-on since the failure: to be copied back before recovery ends

promised == <<boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>
pages    == <<writable, cached, recorded, whole, changed, due>>
vars     == <<boot, mode, cause, current, status, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled,
              writable, cached, recorded, whole, changed, due>>

Promised == INSTANCE Consistency

TypeOK ==
    /\ Promised!ConsistencyTypeOK
    /\ writable \subseteq Page
    /\ cached \subseteq Page
    /\ recorded \subseteq Page
    /\ whole \subseteq recorded
    /\ changed \subseteq Page
    /\ due \subseteq Page

Init ==
    /\ Promised!Init
    /\ writable = {} /\ cached = {} /\ recorded = {} /\ whole = {} /\ changed = {} /\ due = {}

-------------------------------------------------------------------------------
(* A page in an epoch: Record, Unprotect, Fill, Write.                        *)

\* Somebody may write to important pages: a process, the kernel, or recovery after it has put all back.
Working == boot = "running" /\ mode \in {"user", "idle", "kernel", "restored"}

\* The copy of p is whole and now counts. From here on recovery copies it back.
Record(p) ==
    /\ Working
    /\ Commit = "one word"
    /\ p \notin recorded
    /\ p \notin changed
    /\ recorded' = recorded \cup {p}
    /\ whole' = whole \cup {p}
    /\ UNCHANGED <<writable, cached, changed, due>>
    /\ UNCHANGED promised

\* The page table lets p be written, now that its shadow counts; "page by page", that is how it counts.
Unprotect(p) ==
    /\ Working
    /\ p \notin writable
    /\ IF Commit = "one word"
       THEN /\ p \in recorded
            /\ p \in whole
            /\ UNCHANGED <<recorded, whole>>
       ELSE /\ p \notin changed
            /\ recorded' = recorded \cup {p}
            /\ whole' = whole \cup {p}
    /\ writable' = writable \cup {p}
    /\ UNCHANGED <<cached, changed, due>>
    /\ UNCHANGED promised

\* The TLB comes to hold translations that let write the pages S.
Fill(S) ==
    /\ mode # "off"
    /\ S # {}
    /\ S \subseteq writable
    /\ cached' = cached \cup S
    /\ UNCHANGED <<writable, recorded, whole, changed, due>>
    /\ UNCHANGED promised

\* The TLB forgets the pages S.
Flush(S) ==
    /\ mode # "off"
    /\ S # {}
    /\ S \subseteq cached
    /\ cached' = cached \ S
    /\ UNCHANGED <<writable, recorded, whole, changed, due>>
    /\ UNCHANGED promised

\* The first store that makes p differ from the last commit. The hardware lets it pass where the page table
\* does, or where the TLB still does.
Write(p) ==
    /\ Working
    /\ p \in writable \cup cached
    /\ p \notin changed
    /\ changed' = changed \cup {p}
    /\ UNCHANGED <<writable, cached, recorded, whole, due>>
    /\ UNCHANGED promised

\* The page table entry of p becomes read-only. "page by page", its shadow no longer counts: in recovery
\* this must wait until p has been copied back.
Protect(p) ==
    /\ boot = "running"
    /\ mode \notin {"off", "halted", "rest"}
    /\ p \in writable
    /\ writable' = writable \ {p}
    /\ IF Commit = "one word"
       THEN UNCHANGED <<recorded, whole>>
       ELSE /\ mode = "reset" => p \notin changed
            /\ recorded' = recorded \ {p}
            /\ whole' = whole \ {p}
    /\ UNCHANGED <<cached, changed, due>>
    /\ UNCHANGED promised

-------------------------------------------------------------------------------
(* A commit. The one store is part of Enter, Leave and Recovered.             *)

\* "one word": nobody can write any more, so the record may be emptied.
\* "page by page": at most one page is left to be protected, and its protection is the commit; before anything
\* else can happen, the TLB forgets it.
Committable ==
    /\ IF Commit = "one word" THEN writable = {} ELSE Cardinality(writable) <= 1
    /\ cached \subseteq writable

\* What memory holds is now what a failure comes back to.
Commits ==
    /\ Committable
    /\ writable' = {}
    /\ recorded' = {}
    /\ whole' = {}
    /\ changed' = {}
    /\ cached' = {}

\* The end of a process's epoch: its registers and pages are durable.
Enter(c) == Promised!Enter(c) /\ Commits /\ UNCHANGED due

\* The end of the kernel's epoch: the whole effect of one operation is durable.
Leave == Promised!Leave /\ Commits /\ UNCHANGED due

\* The end of recovery's epoch: calls aborted, notices given, waiters woken.
Recovered == Promised!Recovered /\ Commits /\ due' = {}

-------------------------------------------------------------------------------
(* Power, boot, recovery.                                                     *)

\* What is volatile is lost, the TLB with it.
Crash ==
    /\ Promised!Crash
    /\ cached' = {}
    /\ UNCHANGED <<writable, recorded, whole, changed, due>>

\* What is recorded now has to be copied back, and so has what was due in a recovery that failed.
PowerOn ==
    /\ Promised!PowerOn
    /\ cached' = {}
    /\ due' = due \cup recorded
    /\ UNCHANGED <<writable, recorded, whole, changed>>

\* All tables are new; no page differs from them.
Start ==
    /\ Promised!Start
    /\ writable' = {} /\ cached' = {} /\ recorded' = {} /\ whole' = {} /\ changed' = {} /\ due' = {}

\* Everything was committed.
Shutdown ==
    /\ Promised!Shutdown
    /\ recorded = {}
    /\ changed = {}
    /\ UNCHANGED pages

Recovering == mode = "reset" /\ boot = "running"

\* Recovery has copied p back. It may have been copied back before the last failure already.
Restore(p) ==
    /\ Recovering
    /\ p \in recorded
    /\ p \in whole
    /\ changed' = changed \ {p}
    /\ UNCHANGED <<writable, cached, recorded, whole, due>>
    /\ UNCHANGED promised

\* Recovery empties the record: everything has been copied back, and nothing can be written any more.
Forget ==
    /\ Recovering
    /\ Commit = "one word"
    /\ recorded # {}
    /\ changed \cap recorded = {}
    /\ writable \cup cached = {}
    /\ recorded' = {}
    /\ whole' = {}
    /\ UNCHANGED <<writable, cached, changed, due>>
    /\ UNCHANGED promised

\* Recovery has nothing more to copy back.
NothingRecorded == recorded = {} /\ writable = {} /\ cached = {}

\* Recovery ends, and every page is as it was at the last commit.
Restored ==
    /\ NothingRecorded
    /\ changed = {}
    /\ Promised!Restored
    /\ UNCHANGED pages

\* Recovery ends just so, but memory is a mixture of two epochs: pages whose change was left and pages whose
\* change was taken back. What is then read from it may be anything; here the status of some process. In a
\* trace this is a `Restored` that is none; a kernel that commits with one word never does it.
Tear ==
    /\ Recovering
    /\ NothingRecorded
    /\ changed # {}
    /\ mode' = "restored"
    /\ \E p \in Proc : \E s \in {"ready", "exited"} \ {status[p]} : status' = [status EXCEPT ![p] = s]
    /\ UNCHANGED <<boot, cause, current, call, answer, notices, pending, queue, pipe, readers, writers, ledger, misled>>
    /\ UNCHANGED pages

-------------------------------------------------------------------------------
(* What only the promise speaks of.                                           *)

Send(b) == Promised!Send(b) /\ UNCHANGED pages
Settle  == Promised!Settle /\ UNCHANGED pages

\* "page by page", the last protection of an epoch is the commit itself and so no step of its own.
ProtectNotLast(p) == Protect(p) /\ (Commit = "one word" \/ mode = "reset" \/ writable # {p})

PageStep ==
    \/ \E p \in Page : Record(p) \/ Unprotect(p) \/ Write(p) \/ ProtectNotLast(p) \/ Restore(p)
    \/ \E p \in writable : Fill({p})
    \/ \E p \in cached : Flush({p})
    \/ Forget

Next ==
    \/ PowerOn
    \/ Crash
    \/ Start
    \/ Shutdown
    \/ Restored
    \/ Tear
    \/ Recovered
    \/ \E c \in Promised!Cause : Enter(c)
    \/ Promised!MaySend /\ \E b \in Byte : Send(b)
    \/ Leave
    \/ Settle
    \/ PageStep

Spec == Init /\ [][Next]_vars

\* The proof obligation: whatever happens to the pages, the processes see what was promised.
Refinement == Promised!Spec
===============================================================================
