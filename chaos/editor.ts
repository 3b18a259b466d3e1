import type { SeenEdit } from './evidence';
import type { ChaosLab } from './lab';
import { connection, users } from './office';

/** Extensions that nobody has: only the editor writes them. */
const firstExtension = 900;
/** How many there are for edits without a condition; as many more for those with one, which nobody may disturb. */
const ofEach = 10;
const requestMs = 15_000;

interface AuditPage {
  items: { action: string; target: string; after: { value?: { name?: string } } | null }[];
  nextCursor?: string;
}

/** An admin who edits mappings and remembers what he was told. */
export class Editor {
  readonly edits: SeenEdit[] = [];
  private count = 0;

  constructor(private readonly lab: ChaosLab) {}

  /** How many edits were acknowledged. */
  get done(): number {
    return this.edits.filter(({ outcome }) => outcome === 'done').length;
  }

  /** One edit of any of the extensions, whatever comes of it. */
  async edit(random: () => number): Promise<void> {
    await this.put(this.draw(random, false), this.nextName(), null);
  }

  /** One edit through another address, and once more with the same If-Match when it has no answer. */
  async editTwice(random: () => number, origin: string): Promise<void> {
    const extension = this.draw(random, true);
    await this.put(extension, this.nextName(), null);
    const etag = await this.etagOf(extension);
    const name = this.nextName();
    const first = await this.put(extension, name, etag, origin);
    if (first !== 'unknown') return;
    const second = await this.put(extension, name, etag);
    // Stale can only mean that the first one was done: nobody else writes here.
    if (second === 'refused') this.edits.push({ extension, name, against: etag, outcome: 'done' });
  }

  /** Two edits of one state at once; answers whether both were answered. */
  async race(random: () => number): Promise<boolean> {
    const extension = this.draw(random, true);
    await this.put(extension, this.nextName(), null);
    const etag = await this.etagOf(extension);
    const outcomes = await Promise.all([
      this.put(extension, this.nextName(), etag),
      this.put(extension, this.nextName(), etag),
    ]);
    return outcomes.every((outcome) => outcome !== 'unknown');
  }

  /** The mappings and the audit rows of the editor's extensions, the oldest row first. */
  async seen(): Promise<{
    mappings: Record<string, string>;
    auditRows: { extension: string; name: string }[];
  }> {
    const mappings: Record<string, string> = {};
    for (const extension of new Set(this.edits.map((edit) => edit.extension))) {
      const { status, text } = await this.lab.ask('GET', this.route(extension));
      if (status === 200) mappings[extension] = (JSON.parse(text) as { name?: string }).name ?? '';
    }
    const rows: { extension: string; name: string }[] = [];
    let cursor: string | undefined;
    do {
      const more: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.lab.admin<AuditPage>('GET', `connections/${connection}/audit?limit=200${more}`);
      for (const { action, target, after } of page.items)
        if (action === 'extension.put' && Number(target) >= firstExtension)
          rows.push({ extension: target, name: after?.value?.name ?? '' });
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return { mappings, auditRows: rows.reverse() };
  }

  private async put(
    extension: string,
    name: string,
    against: string | null,
    origin?: string,
  ): Promise<SeenEdit['outcome']> {
    const outcome = await this.lab
      .ask('PUT', this.route(extension), {
        body: { userId: users['101'], name },
        ...(against !== null && { headers: { 'if-match': against } }),
        ...(origin !== undefined && { origin }),
        timeoutMs: requestMs,
      })
      .then(({ status }) => (status < 300 ? 'done' : status < 500 ? 'refused' : 'unknown'))
      .catch(() => 'unknown' as const);
    this.edits.push({ extension, name, against, outcome });
    return outcome;
  }

  private async etagOf(extension: string): Promise<string | null> {
    const answer = await this.lab
      .ask('GET', this.route(extension), { timeoutMs: requestMs })
      .catch(() => ({ etag: null }));
    return answer.etag;
  }

  private route(extension: string): string {
    return `connections/${connection}/extensions/${extension}`;
  }

  private draw(random: () => number, undisturbed: boolean): string {
    return String(firstExtension + (undisturbed ? ofEach : 0) + Math.floor(random() * ofEach));
  }

  private nextName(): string {
    this.count += 1;
    return `Edit ${this.count}`;
  }
}
