#include "client/dial_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{std::chrono::hours(1)};

std::vector<Address> addresses(const std::vector<std::string>& texts) {
  std::vector<Address> all;
  for (const auto& text : texts) all.push_back(*Address::parse(text, 5000));
  return all;
}

/// The addresses dialled, each with its millisecond.
using Tries = std::vector<std::pair<int, std::string>>;
Tries tries(DialPlan& plan, int from, int to) {
  Tries all;
  for (int at = from; at < to; ++at) {
    while (const auto address = plan.next(kStart + std::chrono::milliseconds(at))) {
      all.emplace_back(at, address->ip());
    }
  }
  return all;
}

TEST(DialPlan, TriesFamiliesInTurnAndBeginsAgainAfterASecond) {
  DialPlan plan;
  plan.set_addresses(addresses({"2001:db8::1", "2001:db8::2", "192.0.2.1"}));
  EXPECT_EQ(tries(plan, 0, 10), Tries{}) << "no link is wanted";
  plan.want(true);
  EXPECT_EQ(tries(plan, 10, 1300), (Tries{{10, "2001:db8::1"},
                                          {260, "192.0.2.1"},
                                          {510, "2001:db8::2"},
                                          {1010, "2001:db8::1"},
                                          {1260, "192.0.2.1"}}));
  EXPECT_EQ(plan.next_deadline(), kStart + 1510ms);
}

TEST(DialPlan, BeginsWithWhatAnsweredLast) {
  DialPlan plan;
  plan.set_addresses(addresses({"2001:db8::1", "192.0.2.1"}));
  plan.want(true);
  EXPECT_EQ(tries(plan, 0, 300).size(), 2);
  plan.answered(addresses({"192.0.2.1"})[0]);
  plan.want(false);
  EXPECT_EQ(plan.next_deadline(), std::nullopt);
  plan.set_addresses(addresses({"2001:db8::1", "192.0.2.1"}));
  plan.want(true);
  EXPECT_EQ(tries(plan, 300, 1001), (Tries{{1000, "192.0.2.1"}}))
      << "and no sooner than a second after the last time";
}

TEST(DialPlan, TriesTheOnlyAddressOnceASecond) {
  DialPlan plan;
  plan.set_addresses(addresses({"192.0.2.1"}));
  plan.want(true);
  EXPECT_EQ(tries(plan, 0, 2001),
            (Tries{{0, "192.0.2.1"}, {1000, "192.0.2.1"}, {2000, "192.0.2.1"}}));
}

TEST(DialPlan, DoesNotWaitForWhatIsNotToBeReached) {
  DialPlan plan;
  plan.set_addresses(addresses({"::1", "127.0.0.1"}));
  plan.want(true);
  EXPECT_EQ(tries(plan, 0, 10), (Tries{{0, "::1"}}));
  plan.gave_up();
  EXPECT_EQ(tries(plan, 10, 20), (Tries{{10, "127.0.0.1"}}));
  plan.gave_up();
  EXPECT_EQ(tries(plan, 20, 1001), (Tries{{1000, "::1"}})) << "a round is a round";
}

TEST(DialPlan, LeavesOutWhatIsTooMuch) {
  DialPlan plan;
  plan.set_addresses(std::vector<Address>(20, addresses({"192.0.2.1"})[0]));
  plan.want(true);
  EXPECT_EQ(tries(plan, 0, 8 * 250).size(), DialPlan::kMostAddresses);
}

}  // namespace
}  // namespace palabre::client
