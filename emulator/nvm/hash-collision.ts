/** Two different contents have the same 64-bit hash: what was taken for equal by it is not. */
export class HashCollision extends Error {
  override name = 'HashCollision';
}
