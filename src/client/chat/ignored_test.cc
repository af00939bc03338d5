#include "client/chat/ignored.h"

#include <gtest/gtest.h>

namespace palabre::client {
namespace {

constexpr chat::AuthorId kAwa{7};
constexpr chat::AuthorId kKofi{8};

TEST(Ignored, GoByAMembersIdUnderAnyNickname) {
  Ignored ignored;
  EXPECT_TRUE(ignored.toggle("Awa", {"awa", kAwa}));
  EXPECT_TRUE(ignored.hides({"awa", kAwa}));
  EXPECT_TRUE(ignored.hides({"somebody-else", kAwa}));
  EXPECT_FALSE(ignored.hides({"awa", kKofi})) << "who has the nickname now";
  EXPECT_FALSE(ignored.hides({"awa*", {}})) << "a guest";
  EXPECT_TRUE(ignored.hides({"awa", {}})) << "a message from before there were ids";
  EXPECT_FALSE(ignored.toggle("somebody-else", {"somebody-else", kAwa}));
  EXPECT_FALSE(ignored.hides({"awa", kAwa}));
}

TEST(Ignored, GoByTheNameOfAGuest) {
  Ignored ignored;
  EXPECT_TRUE(ignored.toggle("ana", {"ana*", {}}));
  EXPECT_TRUE(ignored.hides({"ana*", {}}));
  EXPECT_FALSE(ignored.hides({"ana", kAwa})) << "a member who has registered the nickname since";
  EXPECT_TRUE(ignored.toggle("[192.0.2.1:4711]", {}));
  EXPECT_TRUE(ignored.hides({"[192.0.2.1:4711]", {}}));
  EXPECT_FALSE(ignored.hides({"[192.0.2.1:4712]", {}}));
  EXPECT_EQ(ignored.names(), (std::vector<std::string>{"ana", "[192.0.2.1:4711]"}));
}

TEST(Ignored, RecogniseAMemberThatWasNotSeenByItsFirstMessage) {
  Ignored ignored;
  ignored.toggle("awa", {});
  EXPECT_TRUE(ignored.hides({"awa", kAwa}));
  EXPECT_TRUE(ignored.hides({"awa-on-the-way", kAwa}));
  EXPECT_FALSE(ignored.hides({"awa", kKofi}));
}

TEST(Ignored, WithAStarMeanAGuestAlone) {
  Ignored ignored;
  ignored.toggle("awa*", {"awa", kAwa});
  EXPECT_TRUE(ignored.hides({"awa*", {}}));
  EXPECT_FALSE(ignored.hides({"awa", kAwa}));
}

TEST(Ignored, HideNothingThatHasNoAuthor) {
  Ignored ignored;
  ignored.toggle("awa", {"awa", kAwa});
  EXPECT_FALSE(ignored.hides({"", {}})) << "a message that was removed";
}

}  // namespace
}  // namespace palabre::client
