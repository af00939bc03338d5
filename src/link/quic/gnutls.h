#pragma once

#include <fmt/format.h>
#include <gnutls/gnutls.h>

#include <stdexcept>
#include <string_view>

/// How GnuTLS is called. Included by sources only.
namespace palabre::link {

/// For what fails only where memory or the library does.
inline void expect_done(int status, const char* what) {
  if (status < 0) throw std::runtime_error(fmt::format("{}: {}", what, gnutls_strerror(status)));
}

/// Borrows the text. GnuTLS takes no const pointer, and does not write.
inline gnutls_datum_t datum(std::string_view text) {
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          static_cast<unsigned>(text.size())};
}

}  // namespace palabre::link
