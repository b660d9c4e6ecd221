-------------------------------- MODULE Lift --------------------------------
(* One lift in one shaft. What a controller may do, and what a passenger is promised. *)
EXTENDS Naturals

CONSTANT Floors     \* how many floors there are

VARIABLES
  floor,            \* where the lift is: 1..Floors
  door,             \* "open" or "shut"
  lit               \* the floors whose button is lit

vars == <<floor, door, lit>>

Init ==
  /\ floor = 1
  /\ door = "shut"
  /\ lit = {}

\* Somebody presses the button of floor f.
Press(f) ==
  /\ f \in 1..Floors
  /\ lit' = lit \cup {f}
  /\ UNCHANGED <<floor, door>>

\* The lift goes one floor up or down, because somebody waits.
Move(to) ==
  /\ door = "shut"
  /\ lit # {}
  /\ to \in 1..Floors
  /\ to = floor + 1 \/ floor = to + 1
  /\ floor' = to
  /\ UNCHANGED <<door, lit>>

\* The door opens where a button is lit, which puts it out.
Open ==
  /\ door = "shut"
  /\ floor \in lit
  /\ door' = "open"
  /\ lit' = lit \ {floor}
  /\ UNCHANGED floor

Shut ==
  /\ door = "open"
  /\ door' = "shut"
  /\ UNCHANGED <<floor, lit>>

Next ==
  \/ \E f \in 1..Floors : Press(f) \/ Move(f)
  \/ Open
  \/ Shut

\* The lift is in the shaft.
InShaft == floor \in 1..Floors

\* Nobody falls out: whenever the lift moves, its door is shut.
NeverMovesOpen == floor' # floor => door = "shut"
=============================================================================
