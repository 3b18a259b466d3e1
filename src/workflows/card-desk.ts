import { isCancellation } from '@temporalio/workflow';
import type { CallSession } from './call-session';
import type { StepLimits } from './steps';
import { cardStep } from './steps';

/** Knows which users see the card of a call and moves it with as few requests as possible. */
export class CardDesk {
  private readonly shown = new Set<string>();

  constructor(
    private readonly session: CallSession,
    private readonly limits: () => StepLimits,
  ) {}

  /** The register opened the card for its user. */
  opened(extension: string | null): void {
    if (extension !== null) this.shown.add(extension);
  }

  differ(wanted: string[]): boolean {
    return wanted.some((extension) => !this.shown.has(extension)) || this.shown.size > wanted.length;
  }

  async move(wanted: string[], options: { onlyHide?: boolean } = {}): Promise<void> {
    const show = options.onlyHide ? [] : wanted.filter((extension) => !this.shown.has(extension));
    const hide = [...this.shown].filter((extension) => !wanted.includes(extension));
    hide.forEach((extension) => this.shown.delete(extension));
    show.forEach((extension) => this.shown.add(extension));
    const request = { show: this.usersOf(show), hide: this.usersOf(hide) };
    if (request.show.length === 0 && request.hide.length === 0) return;
    try {
      await cardStep(this.limits())({
        ...this.session.ref,
        bitrix24CallId: this.session.bitrix24CallId!,
        ...request,
      });
    } catch (error) {
      // A card that stays or stays away is a nuisance, not a lost call.
      if (isCancellation(error)) throw error;
    }
  }

  private usersOf(extensions: string[]): number[] {
    const users = extensions.map((extension) => this.session.resolutions[extension]);
    return users.flatMap((who) => (who?.kind === 'person' ? [who.userId] : []));
  }
}
