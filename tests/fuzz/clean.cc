#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plain_text.h"
#include "require.h"
#include "wire/clean.h"

// `clean` turns any bytes into safe text, and is idempotent.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using palabre::wire::clean;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto cleaned = clean(bytes);
  REQUIRE(palabre::fuzz::is_safe_to_show(cleaned.text));
  REQUIRE(cleaned.was_utf8 == palabre::fuzz::decode(bytes).has_value());
  REQUIRE(cleaned.text.size() <= 3 * size);  // a byte becomes one U+FFFD at most
  const auto again = clean(cleaned.text);
  REQUIRE(again.was_utf8 && again.text == cleaned.text);
  // Safe text is unchanged, except for a CR that ends a line.
  if (palabre::fuzz::is_safe_to_show(bytes)) REQUIRE(cleaned.text == bytes);
  return 0;
}
