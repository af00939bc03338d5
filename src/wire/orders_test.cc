#include "wire/orders.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <variant>

#include "wire/record.h"
#include "wire/refusals.h"

namespace palabre::wire {
namespace {

using chat::Order;
using std::chrono_literals::operator""s;

Order parsed(const std::string& line) {
  const auto order = parse_order(line);
  const auto* const refusal = std::get_if<chat::Refusal>(&order);
  EXPECT_EQ(refusal, nullptr) << line << ": " << refusal_words(*refusal);
  return refusal == nullptr ? std::get<Order>(order) : Order{};
}

std::string refused(const std::string& line) {
  const auto order = parse_order(line);
  const auto* const refusal = std::get_if<chat::Refusal>(&order);
  return refusal == nullptr ? "" : refusal_words(*refusal);
}

TEST(Orders, AreReadWithTheirOptions) {
  const Order mute = parsed("mute awa* --for 1h --here --why shouting  and --for nothing");
  EXPECT_EQ(mute.verb, Order::Verb::kMute);
  EXPECT_EQ(std::get<chat::Nick>(mute.whom->whom).shown, "awa");
  EXPECT_EQ(mute.lasts, 3600s);
  EXPECT_TRUE(mute.is_here);
  EXPECT_EQ(mute.why, "shouting  and --for nothing");
  EXPECT_EQ(parsed("ban ana --for good").lasts, 0s);
  EXPECT_EQ(parsed("freeze --off").verb, Order::Verb::kThaw);
  EXPECT_EQ(parsed("slow 10").number, 10U);
  EXPECT_EQ(parsed("delete #12").number, 12U);
}

TEST(Orders, NameSomebodyByNicknameAddressNetworkOrKey) {
  const auto network = [](const std::string& text) {
    return to_text(std::get<Network>(parse_whom(text)->whom));
  };
  EXPECT_EQ(network("10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(network("10.0.0.7/24"), "10.0.0.0/24");
  EXPECT_EQ(network("2001:db8:0:1::7"), "2001:db8:0:1::/64") << "a host has the whole /64";
  EXPECT_EQ(network("2001:db8::7/128"), "2001:db8::7");
  for (const char* text : {"[10.0.0.7:40000]", "10.0.0.7:40000", "[10.0.0.7]:40000"}) {
    EXPECT_EQ(std::get<Address>(parse_whom(text)->whom).label(), "[10.0.0.7:40000]") << text;
  }
  const auto both = parse_whom("2001:db8::1:5000");
  EXPECT_TRUE(std::holds_alternative<Address>(both->whom));
  EXPECT_TRUE(both->bare) << "it is a complete address too";
  EXPECT_TRUE(
      std::holds_alternative<chat::MemberKey>(parse_whom("key:" + std::string(43, 'A'))->whom));
  for (const char* text : {"", "*", "a b", "key:AAAA", "[:]", "\x1b"}) {
    EXPECT_FALSE(parse_whom(text)) << text;
  }
}

TEST(Orders, SayInOneSentenceWhyTheyAreNotUnderstood) {
  for (const char* line :
       {"", "kick", "kick --here", "mute awa --for", "mute awa --for 3 days", "mute awa --loud",
        "slow", "slow fast", "delete -1", "freeze room", "undo", "shout awa", "kick awa --off",
        "operators --off", "kick !", "kick awa --since 1h", "undo-by awa --since",
        "slow 99999999999999999999"}) {
    const std::string words = refused(line);
    EXPECT_FALSE(words.empty()) << line;
    EXPECT_EQ(words.find('\n'), std::string::npos) << line;
  }
}

TEST(Orders, EndALongReasonBeforeABlank) {
  EXPECT_EQ(parsed("kick awa --why " + std::string(199, 'x') + " and more").why,
            std::string(199, 'x'));
}

TEST(Orders, AreTheSameAfterTheirWay) {
  for (const char* line :
       {"kick awa", "ban 10.0.0.0/24 --for 7200s --why spam", "mute [10.0.0.7:40000] --here",
        "freeze", "thaw", "slow 0", "delete 12 --why a secret", "operator ana --for good",
        "operators", "decisions", "undo 17", "undo-by ana --since 3600s --why a flood",
        "undo-by 10.0.0.0/24", "forget key:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "forget-room"}) {
    EXPECT_EQ(to_line(parsed(line)), line);
  }
}

TEST(Orders, HaveOneFormEach) {
  for (const chat::OrderRow& row : chat::kOrders) {
    EXPECT_FALSE(name_of(row.verb).empty());
  }
  EXPECT_EQ(order_forms().size(), chat::kOrders.size());
}

/// The matrix of docs/manual.md, which chat/hub_orders_test.cc tries cell by cell.
TEST(Orders, StandInTheTableOfTheManual) {
  std::ifstream file(std::string(PALABRE_SOURCE_DIR) + "/docs/manual.md");
  const std::string manual{std::istreambuf_iterator<char>(file), {}};
  for (const OrderForm& form : order_forms()) {
    std::string row = "| `" + std::string(form.name.substr(1)) + "` |";
    for (int rank = 0; rank <= static_cast<int>(chat::Rank::kMachine); ++rank) {
      row += rank >= static_cast<int>(chat::row_of(form.on).least) ? " yes |" : " no |";
    }
    EXPECT_NE(manual.find(row), std::string::npos) << row;
  }
}

RC_GTEST_PROP(OrdersProperty, TakeAnything, (const std::string& line)) {
  const auto order = parse_order(line);
  if (const auto* const good = std::get_if<Order>(&order)) {
    RC_ASSERT(std::holds_alternative<Order>(parse_order(to_line(*good))));
  }
}

RC_GTEST_PROP(OrdersProperty, TakeAnythingAfterAVerb, (const std::string& rest)) {
  for (const OrderForm& form : order_forms()) {
    const auto order = parse_order(std::string(form.name.substr(1)) + " " + rest);
    if (const auto* const good = std::get_if<Order>(&order)) {
      const auto again = parse_order(to_line(*good));
      RC_ASSERT(std::holds_alternative<Order>(again));
      RC_ASSERT(std::get<Order>(again).verb == good->verb);
      RC_ASSERT(std::get<Order>(again).why == good->why);
    }
  }
}

// Else the answer to the record would not be recognised, and the order never answered.
RC_GTEST_PROP(OrdersProperty, MakeDecisionsThatAreReadAsTheyAreWritten, ()) {
  std::string line = "freeze --why ";
  const auto words = *rc::gen::inRange(0, 260);
  for (int i = 0; i < words; ++i) {
    line += *rc::gen::element<std::string>("a", " ", "\t", "\u00E9", "\u3000", "\u200B", "\x80");
  }
  const auto order = parse_order(line);
  RC_ASSERT(std::holds_alternative<Order>(order));
  const chat::Record record = chat::Decision{
      chat::Rule{{"ops"}, chat::Frozen{}}, std::nullopt, {}, std::get<Order>(order).why};
  RC_ASSERT(parse_record(to_line(record)) == record);
}

}  // namespace
}  // namespace palabre::wire
