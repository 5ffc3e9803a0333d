#include "tools/report/html_page.h"

#include <gtest/gtest.h>

#include "framework/error.h"
#include "tests/tools/report/markup_checker.h"

namespace fno::report {
namespace {

using test::count_of;

constexpr const char* kEvil = "<script>alert(\"1\" & '2')</script>";
const std::set<std::string> kVoid = {"meta", "img"};

TEST(HtmlPage, EscapesEveryTextItIsGiven) {
  HtmlPage page(kEvil, kEvil);
  page.warnings({kEvil});
  page.section(kEvil);
  page.section("second");
  page.paragraph(kEvil);
  page.key_results({{kEvil, kEvil, kEvil}});
  page.table({kEvil, {kEvil}, {{kEvil}}});
  page.facts({{kEvil, kEvil}});
  page.definitions({{kEvil, kEvil, kEvil}});
  page.plots({{.title = kEvil, .series = {{kEvil, {1.0, 2.0}}}}});
  const std::string html = page.finish();
  EXPECT_EQ(test::markup_fault(html, kVoid), "");
  EXPECT_EQ(count_of(html, "<script"), 0u);
  EXPECT_GE(count_of(html, "&lt;script&gt;"), 18u);
}

TEST(HtmlPage, NamesNothingOutsideItself) {
  HtmlPage page("t", "s");
  page.plots({{.title = "p", .series = {{"a", {1.0, 2.0}}}}});
  const std::string html = page.finish();
  for (const char* reference : {"http:", "https:", "src=", "url(", "@import", "<link", "<script"})
    EXPECT_EQ(count_of(html, reference), 0u) << reference;
  EXPECT_EQ(count_of(html, "default-src 'none'"), 1u);
}

TEST(HtmlPage, LinksEachSectionFromTheTop) {
  HtmlPage page("t", "");
  page.section("One");
  page.section("Two");
  const std::string html = page.finish();
  EXPECT_NE(html.find("<a href=\"#section-2\">Two</a>"), std::string::npos);
  EXPECT_NE(html.find("<h2 id=\"section-2\">Two</h2>"), std::string::npos);
}

TEST(HtmlPage, SetsColumnsOfNumbersFlushRight) {
  HtmlPage page("t", "");
  page.table({"", {"run", "loss", "note"}, {{"a", "0.5", "2"}, {"b", "1e-5", "x"}, {"c", "–", "3"}}});
  const std::string html = page.finish();
  EXPECT_NE(html.find("<th>run</th><th class=\"number\">loss</th><th>note</th>"), std::string::npos);
  EXPECT_NE(html.find("<td>b</td><td class=\"number\">1e-5</td><td>x</td>"), std::string::npos);
}

TEST(HtmlPage, RefusesRaggedTables) {
  HtmlPage page("t", "");
  EXPECT_THROW(page.table({"", {"a", "b"}, {{"1"}}}), Error);
}

TEST(HtmlPage, ShowsNoBoxWithoutWarnings) {
  HtmlPage page("t", "");
  page.warnings({});
  EXPECT_EQ(count_of(page.finish(), "class=\"warnings\""), 0u);
}

TEST(HtmlPage, HasBothThemes) {
  const std::string html = HtmlPage("t", "").finish();
  EXPECT_GE(count_of(html, "@media (prefers-color-scheme:dark)"), 2u);  // page and plots
  EXPECT_EQ(count_of(html, "color-scheme:light dark"), 1u);
}

}  // namespace
}  // namespace fno::report
