import { phone } from "./browser.ts";

/** The three ways in which every page must look right. */
export const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: phone, hasTouch: true, isMobile: true },
} as const;
