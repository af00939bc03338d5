#include "base/pin.h"

#include <gtest/gtest.h>

namespace palabre {
namespace {

TEST(Pin, IsReadAsItIsWritten) {
  Pin pin;
  for (std::size_t i = 0; i < pin.bytes.size(); ++i) pin.bytes[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(to_text(pin), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_EQ(parse_pin(to_text(pin)), pin);
}

TEST(Pin, IsNothingElse) {
  const std::string good = to_text(Pin{});
  for (const std::string& text :
       {std::string(), good.substr(1), good + "A", good + "=", "?" + good}) {
    EXPECT_FALSE(parse_pin(text)) << text;
  }
}

}  // namespace
}  // namespace palabre
