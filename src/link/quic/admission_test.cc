#include "link/quic/admission.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace palabre::link {
namespace {

using Verdict = QuicAdmission::Verdict;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

Ip v4(int network, int host) {
  return *Ip::parse("198." + std::to_string(network / 200) + "." + std::to_string(network % 200) +
                    "." + std::to_string(host));
}
/// Another /64 for each `number`, 256 of them in each /56 of one /48.
Ip v6(int number, const std::string& site = "2001:db8:0:") {
  char group[8];
  std::snprintf(group, sizeof group, "%x", static_cast<unsigned>(number));
  return *Ip::parse(site + group + "::1");
}

struct AdmissionTest : testing::Test {
  explicit AdmissionTest(const QuicLimits& limits = {}) : admission(limits) {}

  /// A client that has proven its address, and whose handshake is done.
  bool enters(const Ip& ip, bool is_exempt = false) {
    if (admission.look(ip, true, is_exempt, now) != Verdict::kOpen) return false;
    admission.opened(ip, is_exempt, now);
    admission.left_half_open(ip);
    return true;
  }
  int enter(const Ip& ip, int count) {
    int entered = 0;
    for (int i = 0; i < count; ++i) entered += enters(ip);
    return entered;
  }

  QuicAdmission admission;
  Instant now = Instant{} + 1000s;
};

TEST_F(AdmissionTest, GivesAnAddressItsPlacesAndNoMore) {
  EXPECT_EQ(enter(v4(1, 7), 100), 64);
  EXPECT_EQ(admission.look(v4(1, 7), true, false, now), Verdict::kAddressFull);
  EXPECT_TRUE(enters(v4(1, 8)));
  admission.closed(v4(1, 7));
  now += 1s;
  EXPECT_TRUE(enters(v4(1, 7)));
}

TEST_F(AdmissionTest, GivesANetworkAnEighthAndASiteAQuarter) {
  int of_network = 0;
  int of_site = 0;
  int of_v4 = 0;
  for (int second = 0; second < 120; ++second, now += 1s) {
    for (int i = 0; i < 60; ++i) of_network += enters(v6(i % 256));
    for (int i = 0; i < 60; ++i) of_v4 += enters(v4(3, (second * 60 + i) % 256));
  }
  EXPECT_EQ(of_network, 1024);
  EXPECT_EQ(of_v4, 1024);
  for (int second = 0; second < 120; ++second, now += 1s) {
    for (int i = 0; i < 60; ++i) of_site += enters(v6((second * 60 + i) % 65'536));
  }
  EXPECT_EQ(of_network + of_site, 2048);
  EXPECT_EQ(admission.look(v6(60'000), true, false, now), Verdict::kNetworkFull);
  EXPECT_TRUE(enters(v6(1, "2001:db8:7:")));
}

TEST_F(AdmissionTest, HoldsANetworkToARateOfHandshakes) {
  int entered = 0;
  for (int i = 0; i < 1000; ++i) {
    if (!enters(v4(1, i % 256))) continue;
    ++entered;
    admission.closed(v4(1, i % 256));
  }
  EXPECT_EQ(entered, 200);
  EXPECT_EQ(admission.look(v4(1, 7), true, false, now), Verdict::kTooFast);
  EXPECT_TRUE(enters(v4(2, 7))) << "another network is not held up";
  now += 1s;
  for (int i = 0; i < 100; ++i) entered += enters(v4(1, i));
  EXPECT_EQ(entered, 220);
}

TEST_F(AdmissionTest, LetsAClassOfFortyBehindOneAddressInAtOnce) {
  EXPECT_EQ(enter(v4(1, 7), 40), 40);
  for (int minute = 0; minute < 10; ++minute) {
    for (int i = 0; i < 40; ++i) admission.closed(v4(1, 7));
    now += 60s;
    EXPECT_EQ(enter(v4(1, 7), 40), 40);
  }
}

TEST_F(AdmissionTest, KeepsAnHonestNewcomerOutForNoFloodOfHandshakes) {
  // A hundred addresses of as many networks, and a /48, that begin as many as they may.
  for (int second = 0; second < 10; ++second) {
    for (int tenth = 0; tenth < 10; ++tenth, now += 100ms) {
      for (int i = 0; i < 100; ++i) {
        if (enters(v4(i, 7))) admission.closed(v4(i, 7));
      }
      for (int i = 0; i < 100; ++i) {
        const Ip ip = v6((second * 1000 + tenth * 100 + i) % 65'536);
        if (enters(ip)) admission.closed(ip);
      }
      const Ip honest = v4(300 + second, tenth);
      EXPECT_TRUE(enters(honest)) << second;
      admission.closed(honest);
    }
  }
}

TEST_F(AdmissionTest, LetsForgedAddressesTakeNobodysRate) {
  int forged = 0;
  for (int i = 0; i < 1000; ++i) {
    if (admission.look(v4(1, 7), false, false, now) != Verdict::kOpen) continue;
    ++forged;
    admission.opened(v4(1, 7), false, now);
    admission.left_half_open(v4(1, 7));
    admission.closed(v4(1, 7));
  }
  EXPECT_EQ(forged, 32) << "half of what the address may begin";
  EXPECT_EQ(admission.look(v4(1, 7), false, false, now), Verdict::kOpenIfProven);
  EXPECT_GE(enter(v4(1, 7), 100), 32) << "the owner of the address proves it";
}

TEST_F(AdmissionTest, HoldsAnExemptAddressToItsPlacesAlone) {
  int entered = 0;
  for (int i = 0; i < 2000; ++i) entered += enters(v4(1, i % 256), true);
  EXPECT_EQ(entered, 2000);
}

struct SmallAdmissionTest : AdmissionTest {
  SmallAdmissionTest() : AdmissionTest({.connections = 80, .per_address = 20}) {}
};

TEST_F(SmallAdmissionTest, ReservesTheLastPlacesForThoseWhoHaveNone) {
  for (int i = 0; i < 4; ++i) enter(v4(i, 7), 20);
  EXPECT_EQ(admission.connections(), 70U);
  EXPECT_EQ(admission.look(v4(3, 7), true, false, now), Verdict::kFull);
  for (int i = 10; i < 20; ++i) EXPECT_TRUE(enters(v4(i, 7)));
  EXPECT_EQ(admission.look(v4(10, 7), true, false, now), Verdict::kFull);
  EXPECT_EQ(admission.look(v4(30, 7), true, false, now), Verdict::kOpenIfEvicted);
  EXPECT_EQ(admission.look(v4(30, 7), false, false, now), Verdict::kOpenIfProven);
}

}  // namespace
}  // namespace palabre::link
