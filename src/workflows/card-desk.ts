import { isCancellation, patched } from '@temporalio/workflow';
import type { CardsInput } from '../domain/call-steps';
import type { CallSession } from './call-session';
import type { StepLimits } from './steps';
import { cardStep } from './steps';

type Request = Pick<CardsInput, 'show' | 'hide'>;

/** Knows which users see the card of a call and moves it with as few requests as possible. */
export class CardDesk {
  /** Extensions whose user sees the card, and which user that is; null: nobody. */
  private readonly shown = new Map<string, number | null>();

  constructor(
    private readonly session: CallSession,
    private readonly limits: () => StepLimits,
  ) {}

  /** The register opened the card for this user, who need not be the extension's own. */
  opened(extension: string | null, userId: number | null): void {
    if (extension !== null) this.shown.set(extension, userId);
  }

  differ(wanted: string[]): boolean {
    return wanted.some((extension) => !this.shown.has(extension)) || this.shown.size > wanted.length;
  }

  async move(wanted: string[], options: { onlyHide?: boolean } = {}): Promise<void> {
    const show = options.onlyHide ? [] : wanted.filter((extension) => !this.shown.has(extension));
    const hide = [...this.shown.keys()].filter((extension) => !wanted.includes(extension));
    const request = this.requestFor(wanted, show, hide);
    hide.forEach((extension) => this.shown.delete(extension));
    show.forEach((extension) => this.shown.set(extension, this.userOf(extension)));
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

  /** A user with several extensions has one card, which stays as long as one of them wants it. */
  private requestFor(wanted: string[], show: string[], hide: string[]): Request {
    const users = (extensions: string[], userOf: (extension: string) => number | null): number[] => [
      ...new Set(extensions.map(userOf).filter((userId) => userId !== null)),
    ];
    const see = [...this.shown.values()];
    const stay = users(wanted, (extension) => this.shown.get(extension) ?? this.userOf(extension));
    const request = {
      show: users(show, (extension) => this.userOf(extension)).filter((userId) => !see.includes(userId)),
      hide: users(hide, (extension) => this.shown.get(extension) ?? null).filter(
        (userId) => !stay.includes(userId),
      ),
    };
    const byExtension = { show: this.everyUserOf(show), hide: this.everyUserOf(hide) };
    const sends = ({ show: toShow, hide: toHide }: Request): boolean => toShow.length + toHide.length > 0;
    return sends(request) === sends(byExtension) || patched('cards-by-user') ? request : byExtension;
  }

  private everyUserOf(extensions: string[]): number[] {
    return extensions.map((extension) => this.userOf(extension)).filter((userId) => userId !== null);
  }

  private userOf(extension: string): number | null {
    const who = this.session.resolutions[extension];
    return who?.kind === 'person' ? who.userId : null;
  }
}
