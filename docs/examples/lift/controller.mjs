// A lift controller with a trace of what it does: the example of docs/TRACES.md.
//   node controller.mjs > good.ndjson
//   node controller.mjs --faulty > faulty.ndjson     (forgets to wait for the door)
const isFaulty = process.argv.includes('--faulty');

const state = { position: 1, door: 'shut', buttons: new Set(), temperature: 20 };
let steps = 0;

/** A set is written {"#set": […]}; numbers, strings and arrays are written as they are. */
const data = (changes) =>
  Object.fromEntries(
    Object.entries(changes).map(([name, value]) => [
      name,
      value instanceof Set ? { '#set': [...value] } : value,
    ]),
  );
const line = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

/** The one place that changes the state, so that the trace cannot miss a change. */
function step(action, args, changes) {
  Object.assign(state, changes);
  steps++;
  line({ action, args, changes: data(changes), event: `controller, tick ${steps}` });
}

const press = (floor) => step('button', [floor], { buttons: new Set([...state.buttons, floor]) });

function serveNearest() {
  const [target] = [...state.buttons].sort(
    (a, b) => Math.abs(a - state.position) - Math.abs(b - state.position),
  );
  while (state.position !== target) {
    const next = state.position + Math.sign(target - state.position);
    step('motor', [next], { position: next });
    step('thermometer', [], { temperature: state.temperature + 1 });
  }
  const rest = new Set(state.buttons);
  rest.delete(target);
  step('doorOpens', [], { door: 'open', buttons: rest });
}

line({
  format: 'fukugen-trace/1',
  variables: Object.keys(state),
  provenance: { tool: `lift controller 1.0${isFaulty ? ', faulty' : ''}` },
});
line({ state: data(state) });
press(3);
serveNearest();
press(1);
press(4);
// The fault: with somebody waiting, the motor starts while the door is still open.
if (!isFaulty) step('doorShuts', [], { door: 'shut' });
if (isFaulty) step('motor', [4], { position: 4 });
if (isFaulty) step('doorShuts', [], { door: 'shut' });
serveNearest();
step('doorShuts', [], { door: 'shut' });
serveNearest();
step('doorShuts', [], { door: 'shut' });
line({ end: { runs: 1, steps } });
