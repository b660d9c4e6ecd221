----------------------------- MODULE KernelTrace ------------------------------
(***************************************************************************)
(* The root module for judging recorded traces of a real kernel. An edge   *)
(* of a trace is a pair of states and an event: the operator of the        *)
(* event's name, applied to its arguments, must be true of the pair; so    *)
(* must every step promise; and every state must keep every state promise. *)
(* Nothing is bounded here and nothing large is enumerated.                *)
(*                                                                         *)
(* Events: PowerOn Crash Start Shutdown Restored Recovered Enter(c)        *)
(* Send(b) Leave Settle Record(p) Unprotect(p) Fill(S) Flush(S) Write(p)   *)
(* Protect(p) Restore(p) Forget Lose. (`Tear` is no event: see PageShadow.)*)
(***************************************************************************)
EXTENDS ConsistencyInvariants

\* Where stores wait in a cache, or tear, a failure may have taken some that the run had seen. Of page tables
\* and record only what is left in memory counts; what was promised still is.
Lose ==
    /\ mode = "off"
    /\ writable' \subseteq Page
    /\ recorded' \subseteq Page
    /\ whole' \subseteq recorded'
    /\ UNCHANGED <<cached, changed, due>>
    /\ UNCHANGED promised

\* Seen without its pages, every step is one that was promised, or nothing.
AbstractNext == Promised!Next
===============================================================================
