/** The compiled half, by brotli, in base64: pack.mjs writes it. */
export declare const packed: string;
