/** Small models, each of which uses some of the ways in which modules, actions and configurations are put together. */
export interface Model {
  readonly name: string;
  readonly modules: Readonly<Record<string, string>>;
  readonly config: string;
}

const CHANNEL = `
EXTENDS Naturals
CONSTANT Data
VARIABLE chan
Init == chan = [val |-> CHOOSE d \\in Data : TRUE, rdy |-> 0, ack |-> 0]
Send(d) == chan.rdy = chan.ack /\\ chan' = [chan EXCEPT !.val = d, !.rdy = 1 - @]
Rcv == chan.rdy # chan.ack /\\ chan' = [chan EXCEPT !.ack = 1 - @]
LOCAL Hidden == 1
Next == (\\E d \\in Data : Send(d)) \\/ Rcv
Spec == Init /\\ [][Next]_chan`;

export const MODELS: readonly Model[] = [
  {
    name: 'instances with substitution, and a property of each',
    modules: {
      Channel: CHANNEL,
      Root: `
EXTENDS Naturals, Sequences
VARIABLES in, out, q
Hidden == 2
InChan == INSTANCE Channel WITH Data <- {1, 2}, chan <- in
OutChan == INSTANCE Channel WITH Data <- {1, 2}, chan <- out
Init == InChan!Init /\\ OutChan!Init /\\ q = <<>>
Put == \\E d \\in {1, 2} : InChan!Send(d) /\\ UNCHANGED <<out, q>>
Take == InChan!Rcv /\\ Len(q) < 2 /\\ q' = Append(q, in.val) /\\ UNCHANGED out
Give == q # <<>> /\\ OutChan!Send(Head(q)) /\\ q' = Tail(q) /\\ UNCHANGED in
Get == OutChan!Rcv /\\ UNCHANGED <<in, q>>
Next == Put \\/ Take \\/ Give \\/ Get
Spec == Init /\\ [][Next]_<<in, out, q>>
InSpec == InChan!Spec
OutSpec == OutChan!Spec
Bounded == Len(q) <= 2`,
    },
    config: 'SPECIFICATION Spec\nINVARIANT Bounded\nPROPERTIES InSpec OutSpec',
  },
  {
    name: 'an unnamed instance, EXTENDS of EXTENDS, LOCAL and RECURSIVE',
    modules: {
      Base: 'EXTENDS Naturals\nCONSTANT Top\nLOCAL INSTANCE Sequences\nLOCAL Two == Len(<<1, 1>>)\nDouble(n) == Two * n\nASSUME Top \\in Nat',
      Middle:
        'EXTENDS Base\nRECURSIVE Sum(_)\nSum(S) == IF S = {} THEN 0 ELSE LET m == CHOOSE m \\in S : TRUE IN m + Sum(S \\ {m})',
      Part: "EXTENDS Naturals\nVARIABLE y\nStep == y' = (y + 1) % 3\nKeep == UNCHANGED y",
      Root: `
EXTENDS Middle
VARIABLES x, y
INSTANCE Part
Two == 3
Init == x = 0 /\\ y = 0
Next == \\/ x < Top /\\ x' = x + Double(1) /\\ Step
        \\/ x >= Top /\\ x' = Sum({0, 1}) /\\ Keep
Even == x % Two # 2 \\/ y # 2`,
    },
    config: 'INIT Init NEXT Next CONSTANT Top = 9 INVARIANT Even',
  },
  {
    name: 'a parameter that stands for a variable, primed operators and LET in actions',
    modules: {
      Root: `
EXTENDS Naturals
VARIABLES x, y, z
vars == <<x, y, z>>
Set(v, e) == v' = e
Same(v, w) == UNCHANGED <<v, w>>
Twice(n) == n + n
Sum == x + y
Init == x \\in 0..1 /\\ y = x /\\ z = Twice(x)
A == Set(x, (x + 1) % 3) /\\ Set(y, y) /\\ z' = Twice(x')
B == LET n == (y + 2) % 3 IN /\\ y' = n
                             /\\ Same(x, z)
                             /\\ Sum' # Sum
C == \\A v \\in {0} : z' = v /\\ Same(x, y)
D == x' \\in {0, 1} /\\ y' = x' /\\ (x' = 1 => z' = 4) /\\ (x' # 1 => UNCHANGED z)
Next == A \\/ B \\/ C \\/ D`,
    },
    config: 'INIT Init NEXT Next',
  },
  {
    name: 'CASE, IF, implication, angle and box brackets in Next',
    modules: {
      Root: `
EXTENDS Naturals
VARIABLES x, y
Init == x = 0 /\\ y = 0
A == CASE x = 0 -> x' = 1 /\\ y' = y [] x = 1 -> x' \\in {0, 2} /\\ y' = 1 - y [] OTHER -> x' = 0 /\\ UNCHANGED y
B == IF x > y THEN y' = (y + 1) % 3 /\\ UNCHANGED x ELSE x' = y /\\ y' = x
C == [x = 1 /\\ x' = 3 /\\ y' = y]_<<x, y>>
D == <<x' \\in {x, 0} /\\ y' = y>>_<<x, y>>
Next == A \\/ B \\/ C \\/ D
Small == x < 3`,
    },
    config: 'INIT Init NEXT Next INVARIANT Small',
  },
  {
    name: 'ENABLED, deadlock',
    modules: {
      Root: `
EXTENDS Naturals
VARIABLES x, y
Init == x = 0 /\\ y = FALSE
Up == x < 4 /\\ x' = x + 1
Next == Up /\\ y' = ENABLED (x < 2 /\\ x' = x + 1)
Right == y => x <= 2`,
    },
    config: 'INIT Init NEXT Next INVARIANT Right',
  },
  {
    name: 'constraints, view and an operator as a constant',
    modules: {
      Root: `
EXTENDS Naturals
CONSTANTS Op(_, _), Start
VARIABLES x, noise
Plus(a, b) == a + b
Init == x = Start /\\ noise = 0
Next == x' = Op(x, 1) /\\ noise' \\in 0..3
View == x
Below == x < 7
Slow == x' - x < 2
Growing == [][x' > x]_x`,
    },
    config:
      'INIT Init NEXT Next CONSTANTS Op <- Plus Start = 2 VIEW View CONSTRAINT Below ACTION_CONSTRAINT Slow PROPERTY Growing',
  },
  {
    name: 'symmetry, model values, and a definition that replaces another',
    modules: {
      Root: `
EXTENDS Naturals, TLC, FiniteSets
CONSTANTS People, Nobody, Limit
VARIABLES holder, queue
Most == 1
Perms == Permutations(People)
Init == holder = Nobody /\\ queue = {}
Join(p) == p \\notin queue /\\ p # holder /\\ Cardinality(queue) < Most /\\ queue' = queue \\cup {p} /\\ UNCHANGED holder
Enter(p) == holder = Nobody /\\ p \\in queue /\\ holder' = p /\\ queue' = queue \\ {p}
Leave == holder # Nobody /\\ holder' = Nobody /\\ UNCHANGED queue
Next == Leave \\/ \\E p \\in People : Join(p) \\/ Enter(p)
Sane == holder \\in People \\cup {Nobody} /\\ queue \\subseteq People`,
    },
    config:
      'INIT Init NEXT Next CONSTANTS People = {ann, bob, eve} Nobody = Nobody Limit = 2 Most <- Limit SYMMETRY Perms INVARIANT Sane',
  },
  {
    name: 'a refinement that fails',
    modules: {
      Clock:
        "EXTENDS Naturals\nVARIABLE h\nInit == h = 0\nTick == h' = (h + 1) % 4\nSpec == Init /\\ [][Tick]_h",
      Root: `
EXTENDS Naturals
VARIABLE m
Init == m = 0
Next == m' = (m + 1) % 9
Spec == Init /\\ [][Next]_m
Clock == INSTANCE Clock WITH h <- m \\div 2
Refines == Clock!Spec`,
    },
    config: 'SPECIFICATION Spec PROPERTY Refines',
  },
  {
    name: 'a false assumption',
    modules: { Root: "EXTENDS Naturals\nVARIABLE x\nASSUME 1 > 2\nInit == x = 0\nNext == x' = x" },
    config: 'INIT Init NEXT Next',
  },
  {
    name: 'an error in an action',
    modules: { Root: "EXTENDS Naturals, Sequences\nVARIABLE q\nInit == q = <<1, 2>>\nNext == q' = Tail(q)" },
    config: 'INIT Init NEXT Next',
  },
  {
    name: 'a next state that is not complete',
    modules: { Root: "EXTENDS Naturals\nVARIABLES x, y\nInit == x = 0 /\\ y = 0\nNext == x' = x + 1" },
    config: 'INIT Init NEXT Next',
  },
  {
    name: 'an instance with parameters, and one in LET',
    modules: {
      Adder: 'EXTENDS Naturals\nCONSTANT By\nVARIABLE at\nNear == at + By\nFar(n) == at + n * By',
      Root: `
EXTENDS Naturals
VARIABLE x
Add(n) == INSTANCE Adder WITH By <- n, at <- x
Init == x = 0
A == x' = Add(2)!Near % 7
B == LET L == INSTANCE Adder WITH By <- 3, at <- x IN x' = L!Far(2) % 7
C == \\E n \\in 1..2 : x' = Add(n)!Far(n) % 7 /\\ Add(1)!Near' # 1
Next == A \\/ B \\/ C`,
    },
    config: 'INIT Init NEXT Next',
  },
];
