/** Whether nobody on the way can read what is sent there: TLS, or an address of this machine. */
export const isProtected = ({ protocol, hostname }: URL): boolean => protocol === "https:" || (protocol === "http:" && isLoopback(hostname));

/** Whether a host is this machine. */
export const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
