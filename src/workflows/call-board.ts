import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CallView } from '../domain/call-view';
import { describeCall } from './describe-call';
import { callSearchAttributes, isInternalNumber } from './search-attributes';

type AttributeName = keyof typeof callSearchAttributes;

/** What operators see of one call in Temporal's UI: search attributes and current details. */
export class CallBoard {
  /** What the start carried, and every change since. */
  private readonly shown: Map<AttributeName, string | null>;

  constructor() {
    const started = workflowInfo().typedSearchAttributes;
    const names = Object.keys(callSearchAttributes) as AttributeName[];
    this.shown = new Map(names.map((name) => [name, started.get(callSearchAttributes[name]) ?? null]));
  }

  /** Details write no event; attributes are written together, and only those that changed. */
  show(view: CallView): void {
    setCurrentDetails(describeCall(view));
    if (view.direction === null) return;
    const wanted = new Map<AttributeName, string | null>([
      ['state', view.state],
      ['recording', view.recording.state],
      ['direction', view.direction],
      ['extension', isInternalNumber(view.extension) ? view.extension : null],
      ['bitrix24CallId', short(view.bitrix24CallId)],
    ]);
    const changed = [...wanted].filter(([name, value]) => value !== this.shown.get(name));
    if (changed.length === 0) return;
    changed.forEach(([name, value]) => this.shown.set(name, value));
    upsertSearchAttributes(changed.map(([name, value]) => ({ key: callSearchAttributes[name], value })));
  }
}

/** Above 2,048 bytes the server would end the call as failed; no portal has ids of even this length. */
function short(value: string | null): string | null {
  return value === null || value.length > 512 ? null : value;
}
