//! Which behaviour holds for a group: overriding settles who speaks, and what it does not say is the overridden one's.

use super::context::Context;
use super::group::Group;
use super::reads::Reads;
use crate::calendar::Tenor;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Behaviour, BehaviourId, BehaviourSettings, Beta, Decay, Expression};

/// The settings in force for one group, each with the behaviour that says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effective<'a> {
    /// Share prepaid a year.
    pub prepay: Option<(BehaviourId, &'a Expression)>,
    /// Share withdrawn early a year.
    pub withdraw: Option<(BehaviourId, &'a Expression)>,
    /// Share that defaults a year.
    pub default: Option<(BehaviourId, &'a Expression)>,
    /// Share of the undrawn that is drawn a year.
    pub draw: Option<(BehaviourId, &'a Expression)>,
    /// Share of what comes back that is renewed.
    pub renew: Option<&'a Expression>,
    /// Fee on exits.
    pub fee: Option<&'a Expression>,
    /// Loss given default.
    pub loss: Option<&'a Expression>,
    /// Time until recovery.
    pub recovered_after: Option<Tenor>,
    /// Accrued interest of what leaves is lost to the customer.
    pub accrued_forfeited: bool,
    /// Core share of a deposit.
    pub core: Option<&'a Expression>,
    /// How the core runs off.
    pub decay: Option<&'a Decay>,
    /// What is not core leaves overnight.
    pub rest_overnight: bool,
    /// How the client rate follows the market.
    pub reprice: Option<&'a Beta>,
    /// Hazards act each day.
    pub daily: bool,
    /// The payment stays and the term shortens.
    pub keeps_payment: bool,
}

impl Effective<'_> {
    /// Whether anything is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What holds for a group in a scenario.
///
/// # Errors
/// Two behaviours that say the same thing about it and do not override each other; a formula without an answer.
pub fn effective<'a>(context: &Context<'a>, group: &Group) -> Result<Effective<'a>, Diagnostic> {
    let scenario = context.scenario;
    let mut own: Vec<(BehaviourId, &'a Behaviour)> = Vec::new();
    for (id, behaviour) in &scenario.behaviours {
        for selection in &behaviour.on {
            if context
                .selects(selection, group, 0)
                .map_err(|r| r.into_diagnostic())?
            {
                own.push((*id, behaviour));
                break;
            }
        }
    }
    let mut result = Effective::default();
    let overridden: Vec<BehaviourId> = own
        .iter()
        .flat_map(|(_, b)| b.overrides.iter().copied())
        .collect();
    let speaking = own.iter().filter(|(id, _)| !overridden.contains(id));
    let mut said: Vec<(&'static str, BehaviourId)> = Vec::new();
    for (id, behaviour) in speaking {
        // the speaker first, then what it overrides, nearest first
        let mut chain = vec![(*id, *behaviour)];
        let mut at = 0;
        while let Some((_, next)) = chain.get(at) {
            for below in &next.overrides {
                if let Some(behaviour) = scenario.behaviours.get(below)
                    && !chain.iter().any(|(id, _)| id == below)
                {
                    chain.push((*below, behaviour));
                }
            }
            at += 1;
        }
        let mut keys: Vec<&'static str> = Vec::new();
        for (id, behaviour) in chain {
            let say = |key: &'static str, keys: &mut Vec<&'static str>| {
                let first = !keys.contains(&key);
                if first {
                    keys.push(key);
                }
                first
            };
            take(&mut result, id, &behaviour.settings, |key| {
                say(key, &mut keys)
            });
        }
        for key in keys {
            if let Some((_, other)) = said.iter().find(|(k, _)| *k == key) {
                return Err(twice(context, group, key, *other, *id));
            }
            said.push((key, *id));
        }
    }
    Ok(result)
}

/// Takes over what a behaviour says and `first` lets through.
fn take<'a>(
    result: &mut Effective<'a>,
    id: BehaviourId,
    settings: &'a BehaviourSettings,
    mut first: impl FnMut(&'static str) -> bool,
) {
    let s = settings;
    let hazards = [
        ("prepay", &s.prepay, &mut result.prepay),
        ("withdraw", &s.withdraw, &mut result.withdraw),
        ("default", &s.default, &mut result.default),
        ("draw", &s.draw, &mut result.draw),
    ];
    for (key, setting, slot) in hazards {
        if let Some(expression) = setting
            && first(key)
        {
            *slot = Some((id, expression));
        }
    }
    for (key, setting, slot) in [
        ("renew", &s.renew, &mut result.renew),
        ("fee", &s.fee, &mut result.fee),
        ("loss", &s.loss, &mut result.loss),
        ("core", &s.core, &mut result.core),
    ] {
        if let Some(expression) = setting
            && first(key)
        {
            *slot = Some(expression);
        }
    }
    if let Some(decay) = &s.decay
        && first("decay")
    {
        result.decay = Some(decay);
    }
    if let Some(beta) = &s.reprice
        && first("reprice")
    {
        result.reprice = Some(beta);
    }
    if let Some(tenor) = s.recovered_after
        && first("recovered_after")
    {
        result.recovered_after = Some(tenor);
    }
    for (key, setting, slot) in [
        (
            "accrued_on_exit",
            s.accrued_forfeited,
            &mut result.accrued_forfeited,
        ),
        ("rest", s.rest_overnight, &mut result.rest_overnight),
        ("observed", s.observed_daily, &mut result.daily),
        ("keeps", s.keeps_payment, &mut result.keeps_payment),
    ] {
        if let Some(value) = setting
            && first(key)
        {
            *slot = value;
        }
    }
}

fn twice(
    context: &Context<'_>,
    group: &Group,
    key: &str,
    one: BehaviourId,
    other: BehaviourId,
) -> Diagnostic {
    let name = |id: BehaviourId| {
        context
            .plan
            .behaviours
            .get(id.index())
            .map_or("", |b| b.heading.short.as_str())
    };
    let instrument = context
        .plan
        .instruments
        .get(group.instrument.index())
        .map_or("", |i| i.heading.short.as_str());
    Diagnostic::error(
        codes::run::BEHAVIOURS_OVERLAP,
        format!(
            "`{}` and `{}` both set `{key}` for {} positions of `{instrument}`",
            name(one),
            name(other),
            group.members.len()
        ),
    )
    .help(format!(
        "say `overrides {}`, or part them with `where not …`",
        name(one)
    ))
}

/// Whether a formula reads the state of the run, and so cannot be known before the loop.
pub fn reads_state(context: &Context<'_>, expression: &Expression) -> bool {
    !Reads::of_expression(context.plan, expression)
        .metrics
        .is_empty()
}
