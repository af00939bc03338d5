#include <gtest/gtest.h>

#include "client/chat/chat_words.h"
#include "wire/names.h"

namespace palabre {
namespace {

TEST(AName, IsTheSameWithAStarAndInAnyCase) {
  for (const char* name : {"Awa*", "awa", "AWA", "awa*"}) {
    EXPECT_EQ(client::name_key(name), client::name_key("Awa")) << name;
  }
  EXPECT_NE(client::name_key("awa2"), client::name_key("awa"));
  EXPECT_EQ(client::name_key("[10.0.0.1:4000]"), "[10.0.0.1:4000]") << "who has no nickname";
}

TEST(AText, IsFoundWhateverItsCaseAndForm) {
  EXPECT_EQ(wire::folded("ÉQUIPE"), wire::folded("e\xCC\x81quipe"));
  EXPECT_EQ(wire::folded("Straße"), wire::folded("STRASSE"));
  EXPECT_EQ(wire::folded("ﬁn"), wire::folded("FIN"));
  EXPECT_NE(wire::folded("équipe"), wire::folded("equipe")) << "an accent is another letter";
}

}  // namespace
}  // namespace palabre
