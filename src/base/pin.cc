#include "base/pin.h"

#include "base/base64.h"

namespace palabre {

std::string to_text(const Pin& pin) { return to_base64(pin.bytes); }

std::optional<Pin> parse_pin(std::string_view text) {
  Pin pin;
  if (!from_base64(text, pin.bytes)) return std::nullopt;
  return pin;
}

}  // namespace palabre
