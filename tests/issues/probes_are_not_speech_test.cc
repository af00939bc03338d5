#include <gtest/gtest.h>

#include <string_view>
#include <variant>
#include <vector>

#include "drivers/open_gate.h"
#include "drivers/socket_driver.h"
#include "server/doors/plain/plain_door.h"

// `nc -uv HOST 5000` sends `X` five times before its user has written anything.

namespace palabre::server {
namespace {

class AProbe : public testing::Test {
 protected:
  /// The requests that this datagram becomes.
  std::vector<chat::Request> hear(std::string_view bytes) {
    door_.claim({link::path(40007), 2, bytes}, {});
    auto command = door_.next_command({});
    if (!command) return {};
    if (auto* arrive = std::get_if<chat::Arrive>(&*command)) return std::move(arrive->requests);
    return std::move(std::get<chat::Ask>(*command).requests);
  }

  guard::Gate gate_{guard::open_to_all(), {}, {5000}};
  link::NarrowSocket socket_;
  PlainDoor door_{{}, gate_, socket_};
};

TEST_F(AProbe, SaysNothing) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(hear("X").empty());
  EXPECT_EQ(hear("hello\n").size(), 1U) << "the user of that netcat does";
  EXPECT_EQ(hear("X").size(), 1U) << "and may say X now";
}

TEST_F(AProbe, IsExactlyThat) {
  EXPECT_EQ(hear("X\n").size(), 1U);
  EXPECT_EQ(hear("X").size(), 1U) << "it has spoken";
}

TEST_F(AProbe, IsNoOtherLetter) { EXPECT_EQ(hear("x").size(), 1U); }

}  // namespace
}  // namespace palabre::server
