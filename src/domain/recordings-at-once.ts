/** How many recordings one worker fetches and attaches side by side. */
export const recordingsAtOnce = 8;
