#include "app/host/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace palabre::app {
namespace {

using State = Neighbour::State;

Neighbour neighbour(const std::string& ip, State state) { return {*Address::parse(ip, 0), state}; }

/// `10.0.0.1 10.0.0.2?`: the hosts to withhold from; `?` marks one that the kernel is resolving.
std::string look(NeighbourLooks& looks, const std::vector<Neighbour>& neighbours,
                 bool in_haste = false, Instant now = {}) {
  std::vector<std::string> words;
  for (const auto& [host, is_asked] : looks.look(neighbours, in_haste, now)) {
    words.push_back(host.ip() + (is_asked ? "?" : ""));
  }
  std::sort(words.begin(), words.end());
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

TEST(NeighbourLooks, FindUnreachableWhomTheKernelHasAskedForInVain) {
  NeighbourLooks looks;
  EXPECT_EQ(
      look(looks, {neighbour("10.0.0.1", State::kFailed), neighbour("10.0.0.2", State::kKnown)}),
      "10.0.0.1");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kKnown)}), "");
}

TEST(NeighbourLooks, GiveWhomItAsksForUntilTheNextLookToAnswer) {
  NeighbourLooks looks;
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kAsked)}), "");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kAsked)}), "10.0.0.1?");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kKnown)}), "");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kAsked)}), "") << "not in a row";
}

TEST(NeighbourLooks, GiveWhomItAsksForAgainNoTime) {
  NeighbourLooks looks;
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kFailed)}), "10.0.0.1");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kAsked)}), "10.0.0.1?");
}

TEST(NeighbourLooks, RememberForAMinuteWhomTheKernelForgets) {
  constexpr Instant kStart{};
  NeighbourLooks looks;
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kFailed)}, false, kStart), "10.0.0.1");
  EXPECT_EQ(look(looks, {}, false, kStart + std::chrono::seconds(59)), "10.0.0.1");
  EXPECT_EQ(look(looks, {}, false, kStart + std::chrono::seconds(60)), "");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kFailed)}), "10.0.0.1");
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kKnown)}), "");
  EXPECT_EQ(look(looks, {}), "") << "it was known since";
  EXPECT_EQ(look(looks, {neighbour("10.0.0.2", State::kAsked)}), "");
  EXPECT_EQ(look(looks, {}), "") << "nobody has waited for it in vain";
}

TEST(NeighbourLooks, GiveNoTimeInHaste) {
  NeighbourLooks looks;
  EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kAsked)}, true), "10.0.0.1?");
}

TEST(NeighbourLooks, FindReachableWhoIsKnownByOneOfSeveralInterfaces) {
  for (const State state : {State::kAsked, State::kFailed}) {
    NeighbourLooks looks;
    EXPECT_EQ(look(looks, {neighbour("10.0.0.1", State::kKnown), neighbour("10.0.0.1", state)}),
              "");
    EXPECT_EQ(
        look(looks, {neighbour("10.0.0.1", state), neighbour("10.0.0.1", State::kKnown)}, true),
        "");
  }
}

TEST(NeighbourLooks, KeepTheSameLinkLocalAddressOfTwoInterfacesApart) {
  NeighbourLooks looks;
  EXPECT_EQ(
      look(looks, {neighbour("fe80::1%2", State::kFailed), neighbour("fe80::1%3", State::kKnown)}),
      "fe80::1%2");
}

TEST(Neighbours, CanBeAskedFor) {
  const auto neighbours = neighbours_of_this_machine();
  ASSERT_TRUE(neighbours) << neighbours.error().sentence;
}

}  // namespace
}  // namespace palabre::app
