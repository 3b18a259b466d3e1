import { attachRecord } from './attach-record';
import { hide, show } from './cards';
import { searchCrmEntities } from './crm-search';
import { eventMethods } from './event-methods';
import { finish } from './finish';
import { lineMethods } from './lines';
import type { Method } from './method';
import { register } from './register';
import { serviceMethods } from './service-methods';
import { statisticGet } from './statistics';
import { attachTranscription } from './transcription';
import { userGet } from './users';

const methods = new Map<string, Method>([
  ['telephony.externalcall.register', register],
  ['telephony.externalcall.finish', finish],
  ['telephony.externalcall.show', show],
  ['telephony.externalcall.hide', hide],
  ['telephony.externalcall.attachrecord', attachRecord],
  ['telephony.externalcall.searchcrmentities', searchCrmEntities],
  ['telephony.externalline.add', lineMethods.add],
  ['telephony.externalline.get', lineMethods.get],
  ['telephony.externalline.update', lineMethods.update],
  ['telephony.externalline.delete', lineMethods.delete],
  ['telephony.call.attachtranscription', attachTranscription],
  ['voximplant.statistic.get', statisticGet],
  ['user.get', userGet],
  ['event.bind', eventMethods.bind],
  ['event.get', eventMethods.get],
  ['event.unbind', eventMethods.unbind],
  ...Object.entries(serviceMethods),
]);

/** The method of a lower-case name; undefined: the portal does not have it. */
export function findMethod(name: string): Method | undefined {
  return methods.get(name);
}
