#include "models/blocks.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"

namespace fno {

const char* name_of(StableForm form) { return form == StableForm::layerscale ? "layerscale" : "zero_gamma"; }

StableForm stable_form(std::string_view name) {
  for (const auto form : {StableForm::layerscale, StableForm::zero_gamma})
    if (name == name_of(form)) return form;
  fail(ErrorKind::config, "stable-form: found ", name, ", accepted are layerscale, zero_gamma");
}

Var PtychoBlock::operator()(const Var& x) const { return apply_residual(UnaryOp::gelu, layer_(x), x); }

StablePtychoBlock::StablePtychoBlock(ParameterStore& store, const std::string& name, const StableBlockConfig& c)
    : layer_(store, name, c.layer),
      norm_(store, name + ".norm", c.layer.out, c.form == StableForm::zero_gamma ? 0 : 1) {
  if (c.form == StableForm::layerscale)
    layerscale_ = store.constant(name + ".layerscale", Shape{c.layer.out}, c.layerscale_init);
}

Var StablePtychoBlock::operator()(const Var& x) const {
  return gelu_norm_residual(layer_(x), x, norm_.gamma, norm_.beta, layerscale_);
}

}  // namespace fno
