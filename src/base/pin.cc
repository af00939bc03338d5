#include "base/pin.h"

#include "base/base64.h"

namespace palabre::net {

std::string to_text(const Pin& pin) { return wire::to_base64(pin.bytes); }

std::optional<Pin> parse_pin(std::string_view text) {
  Pin pin;
  if (!wire::from_base64(text, pin.bytes)) return std::nullopt;
  return pin;
}

}  // namespace palabre::net
