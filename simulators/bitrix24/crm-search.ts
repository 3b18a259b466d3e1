import { stripNumber } from './call-parameters';
import { findByNumber } from './crm-links';
import type { Method } from './method';
import { phpString } from './php';
import { telephonyError } from './rest-error';

/** telephony.externalCall.searchCrmEntities: contacts, leads, companies of a number (reference section 5.5). */
export const searchCrmEntities: Method = {
  scopes: ['telephony'],
  run: (portal, { params }) => {
    if (phpString(params['PHONE_NUMBER']) === '') throw telephonyError('PHONE_NUMBER is empty');
    const found = findByNumber(portal, stripNumber(params['PHONE_NUMBER']));
    return {
      result: found.map((entity) => {
        const user = portal.state.users.find((one) => one.id === entity.assignedById);
        return {
          CRM_ENTITY_TYPE: entity.type,
          CRM_ENTITY_ID: entity.id,
          ASSIGNED_BY_ID: entity.assignedById,
          NAME: entity.name,
          ASSIGNED_BY: {
            ID: String(entity.assignedById),
            TIMEMAN_STATUS: 'OPENED',
            USER_PHONE_INNER: user?.extension ?? '',
            WORK_PHONE: '',
            PERSONAL_PHONE: '',
            PERSONAL_MOBILE: '',
          },
        };
      }),
    };
  },
};
