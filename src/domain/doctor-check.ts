/** One line of the doctor's report: what was looked at, whether it works, and what to do when it does not. */
export interface DoctorCheck {
  /** Stable kebab-case name with the peer in front, e.g. `bitrix24-scopes`, `threecx-call-log`. */
  name: string;
  ok: boolean;
  /** Plain words for an admin; no secret, no phone number. */
  detail: string;
  mend?: string;
}
