#include "guard/echo.h"

#include <gtest/gtest.h>

#include <string>

namespace palabre::guard {
namespace {

TEST(LooksLikeOurs, KnowsEveryLineThatAServerSends) {
  for (const char* line :
       {"[192.168.52.2:54524]> salut !\n", "[2001:db8::1:5000]> x", "ana*> hello\n", "zoé*> x",
        "* ana* waves\n", "* [10.0.0.1:4000] waves\n", "-- Welcome to lobby\n",
        "-- send 7KQ2M4XW\n", "[10.0.0.1:1]> [10.0.0.2:2]> twice round\n", "ana*> \n"}) {
    EXPECT_TRUE(looks_like_ours(line)) << line;
  }
}

TEST(LooksLikeOurs, LetsPassWhatPeopleWrite) {
  for (const char* line :
       {"salut !\n", "", "\n", "--\n", "--verbose\n", "* a list\n", "* item > other\n", "a -> b\n",
        " [10.0.0.1:1]> a blank before\n", "7KQ2M4XW\n", "*> x\n", "if (a[i:j]> b)\n"}) {
    EXPECT_FALSE(looks_like_ours(line)) << line;
  }
}

TEST(LooksLikeOurs, LooksOnlyAtTheBeginning) {
  EXPECT_FALSE(looks_like_ours(std::string(300, 'x') + "*> far behind"));
  EXPECT_FALSE(looks_like_ours("hello\nana*> a quoted line below"));
}

TEST(IsReflectorPort, KnowsServicesAndLeavesEphemeralPortsAlone) {
  for (const int port : {0, 7, 19, 53, 123, 1023, 1900, 5353, 11211}) {
    EXPECT_TRUE(is_reflector_port(static_cast<std::uint16_t>(port))) << port;
  }
  for (int port = 32768; port <= 65535; ++port) {
    ASSERT_FALSE(is_reflector_port(static_cast<std::uint16_t>(port))) << port;
  }
}

TEST(Echo, KnowsItsOwnLinesWithTheirNumbersToo) {
  EXPECT_TRUE(looks_like_ours("#12 [10.0.0.1:4000]> hello\n"));
  EXPECT_TRUE(looks_like_ours("#12 * ana* waves\n"));
  EXPECT_FALSE(looks_like_ours("#12 is the best\n"));
  EXPECT_FALSE(looks_like_ours("#* ana* waves\n"));
}

TEST(Echo, KnowsAnAcknowledgement) {
  for (const char* text : {"#1", "#12\n", "#12 a-1\n"}) {
    EXPECT_TRUE(looks_like_an_acknowledgement(text)) << text;
  }
  for (const char* text : {"#", "# 12", "#12a", "12", "", "##1"}) {
    EXPECT_FALSE(looks_like_an_acknowledgement(text)) << text;
  }
}

}  // namespace
}  // namespace palabre::guard
