#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/forward_clock.h"
#include "chat/registry.h"
#include "drivers/store_driver.h"
#include "store/clock_doubt.h"
#include "store/database.h"

namespace palabre::store {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

chat::Registry::InviteCheck::What check(std::int64_t expiry, std::int64_t now) {
  chat::Registry registry;
  registry.apply(chat::InviteMade{{}, {"ops"}, {expiry / 1'000'000}, 1});
  return registry.check_invite({}, {}, {now}).what;
}

TEST(AnInviteThatIsOver, StaysSoWhenTheClockIsSetBackWhileTheServerRuns) {
  using What = chat::Registry::InviteCheck::What;
  const std::int64_t made = 20'000 * kDay;
  ForwardClock clock(0, made, 7);
  EXPECT_EQ(check(made + kHour, clock.look(made + kMinute, 7 + kMinute)), What::kGood);
  EXPECT_EQ(check(made + kHour, clock.look(made + 2 * kHour, 7 + 2 * kHour)), What::kExpired);
  EXPECT_EQ(check(made + kHour, clock.look(made, 7 + 2 * kHour)), What::kExpired);
  EXPECT_EQ(check(made + kHour, clock.look(0, 7 + 2 * kHour)), What::kExpired);
}

TEST(AnInviteThatIsOver, IsSoAfterItsTimeByAClockThatWasSetBack) {
  using What = chat::Registry::InviteCheck::What;
  const std::int64_t latest = 30'000 * kDay;
  ForwardClock clock(latest, latest - 9000 * kDay, 7);
  const std::int64_t made = clock.look(latest - 9000 * kDay, 7);
  EXPECT_EQ(made, latest);
  EXPECT_EQ(check(made + kHour, clock.look(0, 7 + kHour - kMinute)), What::kGood);
  EXPECT_EQ(check(made + kHour, clock.look(0, 7 + kHour)), What::kExpired) << "time has passed";
}

TEST(AnInviteThatIsOver, StaysSoWhenTheClockIsSetBackWhileTheServerIsStopped) {
  TestFolder folder;
  StoreTestDriver server{folder.store()};
  server.restart();
  const std::int64_t began = server.wall_clock;
  EXPECT_GE(began, server.history->latest_wall());
  server.wall_clock += 2 * kHour;
  server.restart();
  server.wall_clock -= 300 * kDay;
  for (int life = 0; life < 3; ++life) {
    server.restart();
    EXPECT_GE(server.history->latest_wall(), began + 2 * kHour) << life;
    EXPECT_LT(server.history->latest_wall(), began + 3 * kHour) << life;
  }
}

TEST(AnInviteThatIsOver, StaysSoWhereTheServerIsKilledSoonAfter) {
  TestFolder folder;
  StoreTestDriver server{folder.store()};
  server.options.sweep_every = std::chrono::milliseconds(1);
  server.restart();
  const auto room = server.open("lobby");
  server.say(room, "one");
  server.restart();
  server.open("lobby");
  server.wall_clock += 2 * kHour;
  const auto stored = [&] {
    auto file = Database::open(server.options.path, Database::Mode::kRead, "");
    return file ? file->query_number("SELECT coalesce(max(latest), 0) FROM clock").value_or(0) : 0;
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (stored() < server.wall_clock && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GE(stored(), server.wall_clock.load());
}

TEST(AClockRow, OfBeforeTheLatestTimeWasKeptIsAsGoodAsItWas) {
  EXPECT_EQ(latest_of(ClockRow{7, 3}), 7);
  EXPECT_EQ(latest_of(ClockRow{7, 3, 9}), 9);
  EXPECT_EQ(latest_of(std::nullopt), 0);
  RowHasher hasher;
  EXPECT_NE(hasher.of(ClockRow{7, 3, 9}), hasher.of(ClockRow{7, 3}));
  EXPECT_NE(hasher.of(ClockRow{7, 3, 9}), hasher.of(ClockRow{7, 3, 8}));
}

}  // namespace
}  // namespace palabre::store
