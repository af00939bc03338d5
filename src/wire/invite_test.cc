#include "wire/invite.h"

#include <gtest/gtest.h>

namespace palabre::wire {
namespace {

TEST(InviteToken, IsReadAsItIsWritten) {
  const InviteToken token{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255}};
  EXPECT_EQ(to_text(token), "AQIDBAUGBwgJCgsMDQ4P_w");
  EXPECT_EQ(parse_invite_token(to_text(token)), token);
  for (const char* text : {"", "AQIDBAUGBwgJCgsMDQ4P", "AQIDBAUGBwgJCgsMDQ4P_w==",
                           "AQIDBAUGBwgJCgsMDQ4P_x", "AQIDBAUGBwgJCgsMDQ4P_wAA"}) {
    EXPECT_FALSE(parse_invite_token(text)) << text;
  }
}

TEST(InviteToken, HasTheHashThatBlake2bGives) {
  // python3: hashlib.blake2b(bytes(16), digest_size=32).hexdigest()
  const auto hash = hash_of(InviteToken{});
  EXPECT_EQ(hash.bytes[0], 0x94);
  EXPECT_EQ(hash.bytes[31], 0xfe);
  EXPECT_NE(hash, hash_of(InviteToken{{1}}));
}

}  // namespace
}  // namespace palabre::wire
