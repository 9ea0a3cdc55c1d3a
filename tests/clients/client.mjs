// What the scripts of the Node SDKs share: phases that the test prepares, and one line a failure.
const [gateway, control] = process.argv.slice(2);

export { gateway };

/** Asks the test to prepare a phase, then sends its events and waits until the SDK says that they are delivered. */
export async function run(send) {
  for (let phase = 1; phase <= 4; phase++) {
    await fetch(`${control}/phase/${phase}`);
    await send(`p${phase}`);
  }
}
