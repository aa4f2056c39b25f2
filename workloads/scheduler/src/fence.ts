/** Another replica runs the loop now: whatever this one decided is void. */
export class FenceLost extends Error {
  override readonly name = "FenceLost";

  constructor(mine: number, newest: number) {
    super(`the loop is held under fence ${newest}, not ${mine}`);
  }
}
