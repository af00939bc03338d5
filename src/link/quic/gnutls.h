#pragma once

#include <fmt/format.h>
#include <gnutls/gnutls.h>

#include <stdexcept>
#include <string_view>

/// Helpers for calling GnuTLS. Included by sources only.
namespace palabre::link {

/// For calls that fail only for lack of memory or by a bug of the library.
inline void expect_done(int status, const char* what) {
  if (status < 0) throw std::runtime_error(fmt::format("{}: {}", what, gnutls_strerror(status)));
}

/// Borrows the text. GnuTLS takes a non-const pointer, but does not write.
inline gnutls_datum_t datum(std::string_view text) {
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          static_cast<unsigned>(text.size())};
}

}  // namespace palabre::link
