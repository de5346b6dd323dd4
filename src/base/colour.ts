/** The form of a colour that a team may give its pages: what can stand in a stylesheet without a doubt, and no more. */
export const colourForm = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
