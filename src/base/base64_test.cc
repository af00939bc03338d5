#include "base/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace palabre {
namespace {

using Three = std::array<std::uint8_t, 3>;
using Four = std::array<std::uint8_t, 4>;

RC_GTEST_PROP(Base64, ReadsWhatItHasWritten, (const std::vector<std::uint8_t>& bytes)) {
  std::vector<std::uint8_t> again(bytes.size());
  RC_ASSERT(from_base64(to_base64(bytes), again));
  RC_ASSERT(again == bytes);
}

TEST(Base64, HasNothingThatALinkWouldHaveToEscape) {
  EXPECT_EQ(to_base64(Three{0xFF, 0xEF, 0xBE}), "_---");
  EXPECT_EQ(to_base64(Four{0, 0, 0, 1}), "AAAAAQ");
}

TEST(Base64, TakesOneWayOfWritingOnly) {
  Four bytes{};
  ASSERT_TRUE(from_base64("AAAAAQ", bytes));
  for (const char* text :
       {"AAAAAR", "AAAAAQ==", "AAAAAQ ", " AAAAAQ", "AAAA", "AAAAAAAA", "AAAA+/", "AAAA\0A", ""}) {
    EXPECT_FALSE(from_base64(text, bytes)) << text;
  }
}

}  // namespace
}  // namespace palabre
