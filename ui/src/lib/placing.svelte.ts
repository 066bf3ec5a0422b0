/** A position being chosen: by a click or a drag on the map, or typed; the map and the forms share it. */

class Placing {
  active = $state(false);
  text = $state('');

  start(from: [number, number] | null = null): void {
    this.text = from ? said(from) : '';
    this.active = true;
  }

  stop(): void {
    this.active = false;
  }

  put(longitude: number, latitude: number): void {
    this.text = said([longitude, latitude]);
  }

  /** The position in degrees, when it is typed so. */
  get degrees(): [number, number] | null {
    const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(this.text);
    if (!found) return null;
    const [x, y] = [Number(found[1]), Number(found[2])];
    return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
  }
}

const said = ([x, y]: [number, number]): string => `${x.toFixed(7)}, ${y.toFixed(7)}`;

export const placing = new Placing();
