import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { bindOpenssl, loadOpenssl, type SymbolSource } from './openssl.js';
import { takeErrors } from './openssl-errors.js';

const library = koffi.load(null);

/** This runtime as if it did not export one symbol. */
function withoutSymbol(missing: string): SymbolSource {
  const refuse = (name: string) => {
    if (name === missing) throw new Error(`Cannot find function '${name}' in shared library`);
  };
  return {
    func(name, result, parameters) {
      refuse(name);
      return library.func(name, result, parameters);
    },
    symbol(name) {
      refuse(name);
      return library.symbol(name);
    },
  };
}

describe('binding OpenSSL', () => {
  it("works with this runtime's own", () => {
    expect(loadOpenssl().OpenSSL_version_num()).toBeGreaterThanOrEqual(0x30000000);
    expect(loadOpenssl()).toBe(loadOpenssl());
  });

  it.each(['SSL_do_handshake', 'DTLS_set_timer_cb', 'X509_STORE_CTX_set_trust', 'OpenSSL_version_num'])(
    'refuses a runtime that does not export %s, in one line that names it',
    (name) => {
      const expected = `DTLS needs OpenSSL's ${name}, which this runtime (${process.version}) does not export`;
      expect(() => bindOpenssl(withoutSymbol(name), process.versions.openssl)).toThrow(new Error(expected));
    },
  );

  it.each(['1.1.1', '3.0.1', '3.0.190', '4.0.0', ''])(
    'refuses symbols of another OpenSSL than the %s that the runtime reports',
    (reported) => {
      expect(() => bindOpenssl(library, reported)).toThrow(`but this runtime reports OpenSSL ${reported}`);
    },
  );

  it('does not mind what a distributor adds to the version', () => {
    expect(() => bindOpenssl(library, `${process.versions.openssl.split('+')[0]}+quic`)).not.toThrow();
  });
});

describe('takeErrors', () => {
  it('gives the reasons in one line and leaves the queue empty', () => {
    const openssl = loadOpenssl();
    const context = openssl.SSL_CTX_new(openssl.DTLS_method());
    if (context === null) throw new Error('no context');
    openssl.ERR_clear_error();
    openssl.SSL_CTX_set_cipher_list(context, 'NOSUCHCIPHER');
    openssl.SSL_CTX_set_cipher_list(context, 'NOSUCHCIPHER');
    expect(takeErrors(openssl)).toBe('no cipher match, no cipher match');
    expect(openssl.ERR_get_error()).toBe(0);
    expect(takeErrors(openssl)).toBe('OpenSSL gives no reason');
    openssl.SSL_CTX_free(context);
  });
});
