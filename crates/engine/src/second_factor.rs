//! A second factor for somebody of the team: a code that an app makes of a secret and the time, asked for after the texted
//! one (docs/decisions/0036). Ten recovery codes stand in for a lost app.
//!
//! What is typed proves once: the store remembers the last time step and takes out each recovery code with its use. A try is
//! counted there before it is compared.

mod base32;
mod totp;

use domain::{OperatorId, PhoneNumber, Seconds, Secret};
use sha2::{Digest as _, Sha256};
use store::ops::{
    ConfirmSecondFactor, DropSecondFactor, EnterWithFactor, KeepSecondFactor, OpenOperatorEntry,
    OpenOperatorSession, RenewRecovery, SpendFactorTry, SpendFactorTryAnswer,
};
use store::questions::{OperatorEntryOf, SecondFactorOf, SecondFactors};
use store::records::{FactorProof, OperatorRecord, SecondFactorRecord};

use crate::audit::{Actor, Note};
use crate::logins::kept;
use crate::team::{BY_SETTINGS, CONSOLE_SESSION, TeamError};
use crate::{Engine, EngineError};

/// How long whoever typed the texted code has for the second one.
pub const HALFWAY: Seconds = Seconds::new(600);

/// How many tries there are within [`TRIES_WITHIN`], in all browsers together.
const TRIES_MAX: u32 = 5;
const TRIES_WITHIN: Seconds = Seconds::new(15 * 60);

/// How many recovery codes there are, and of how many bytes of the system's chance each is made.
const RECOVERY: usize = 10;
const RECOVERY_BYTES: usize = 10;

/// How a second factor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Off,
    /// It is being set up: this is what the app is told, by hand or as a picture.
    Draft {
        /// The secret, as it is typed.
        secret: Secret,
        /// The address that a picture holds.
        address: Secret,
    },
    /// It is asked for.
    On(SecondFactorRecord),
}

/// What came of a code of the second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proved<T> {
    /// It was right.
    Done(T),
    /// It was not, or was used before.
    Wrong,
    /// There were too many; some minutes later there may be one.
    TooMany,
    /// There is nothing it could prove.
    Nothing,
}

/// What somebody typed.
enum Typed {
    /// Six digits of the app.
    Digits(String),
    /// A recovery code, in capital letters and without what groups it.
    Recovery(String),
}

impl Typed {
    /// `None` where it is neither: a slip of the finger is no try.
    fn of(text: &str) -> Option<Self> {
        let bare: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        if bare.len() == 6 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Digits(bare));
        }
        let bytes = base32::decoded(&bare)?;
        (bytes.len() == RECOVERY_BYTES).then_some(Self::Recovery(bare))
    }
}

/// What is kept of a recovery code. It holds 80 bits of chance: a quick hash is enough.
fn recovery_hash(operator: OperatorId, code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"gymtext recovery\0")
        .chain_update(operator.as_bytes())
        .chain_update(code.as_bytes())
        .finalize()
        .into()
}

/// The address that apps read from a picture: the form that all of them know.
fn address(service: &str, name: &str, secret: &str) -> String {
    let quoted = |text: &str| {
        let mut quoted = String::new();
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                quoted.push(char::from(byte));
            } else {
                quoted.push('%');
                quoted.push_str(&crate::logins::hex(&[byte]).to_ascii_uppercase());
            }
        }
        quoted
    };
    let (service, name) = (quoted(service), quoted(name));
    format!("otpauth://totp/{service}:{name}?secret={secret}&issuer={service}")
}

impl Engine {
    /// Whether everybody of the team has to have one.
    pub fn requires_factor(&self) -> bool {
        self.inner.settings.factor_required
    }

    /// How somebody's second factor stands.
    pub async fn second_factor(&self, operator: &OperatorRecord) -> Result<Standing, EngineError> {
        let asked = SecondFactorOf {
            operator: operator.id,
        };
        Ok(match self.ask().question(asked).await? {
            None => Standing::Off,
            Some(factor) if factor.confirmed_at.is_some() => Standing::On(factor),
            Some(draft) => {
                let service = &self.inner.settings.service_name;
                let address = address(service, &operator.name, draft.secret.expose());
                Standing::Draft {
                    secret: draft.secret,
                    address: Secret::new(address),
                }
            }
        })
    }

    /// Who of the team is asked for one.
    pub async fn second_factors(&self) -> Result<Vec<OperatorId>, EngineError> {
        Ok(self.ask().question(SecondFactors).await?)
    }

    /// Makes a draft, which changes nothing yet; `false` where one is asked for already.
    pub async fn begin_factor(&self, operator: OperatorId) -> Result<bool, EngineError> {
        let bytes: [u8; 20] = self.random()?;
        let keep = KeepSecondFactor {
            operator,
            secret: Secret::new(base32::encoded(&bytes)),
            at: self.now(),
        };
        Ok(self.inner.committer.submit(keep).await?)
    }

    /// Has it asked for from now on, by a code of the app: recovery codes, to be shown once. Their other sessions end.
    pub async fn confirm_factor(
        &self,
        operator: OperatorId,
        session: &Secret,
        text: &str,
    ) -> Result<Proved<Vec<String>>, EngineError> {
        let Some(typed) = Typed::of(text) else {
            return Ok(Proved::Wrong);
        };
        let draft = match self.spend_factor_try(operator).await? {
            Proved::Done(draft) if draft.confirmed_at.is_none() => draft,
            Proved::TooMany => return Ok(Proved::TooMany),
            _ => return Ok(Proved::Nothing),
        };
        let Some(FactorProof::Step(step)) = self.factor_proof(operator, &draft, typed) else {
            return Ok(Proved::Wrong);
        };
        let (codes, recovery) = self.recovery_codes(operator)?;
        let confirm = ConfirmSecondFactor {
            operator,
            secret: draft.secret,
            step,
            recovery,
            session: kept(session),
            at: self.now(),
        };
        let note = || Note::of("factor.on", operator.to_string());
        Ok(if self.submit(confirm, note).await? {
            Proved::Done(codes)
        } else {
            Proved::Nothing
        })
    }

    /// Takes one's own off, by a code of it.
    pub async fn drop_factor(
        &self,
        operator: OperatorId,
        text: &str,
    ) -> Result<Proved<()>, EngineError> {
        let proof = match self.tried_factor(operator, text).await? {
            Proved::Done(proof) => Some(proof),
            other => return Ok(other.without()),
        };
        let remove = DropSecondFactor { operator, proof };
        let note = || Note::of("factor.off", operator.to_string());
        Ok(if self.submit(remove, note).await? {
            Proved::Done(())
        } else {
            Proved::Wrong
        })
    }

    /// Makes new recovery codes in place of those before, by a code.
    pub async fn renew_recovery(
        &self,
        operator: OperatorId,
        text: &str,
    ) -> Result<Proved<Vec<String>>, EngineError> {
        let proof = match self.tried_factor(operator, text).await? {
            Proved::Done(proof) => proof,
            other => return Ok(other.without()),
        };
        let (codes, recovery) = self.recovery_codes(operator)?;
        let renew = RenewRecovery {
            operator,
            proof,
            recovery,
        };
        let note = || Note::of("factor.recovery_codes", operator.to_string());
        Ok(if self.submit(renew, note).await? {
            Proved::Done(codes)
        } else {
            Proved::Wrong
        })
    }

    /// Takes somebody else's off, who lost their app and their recovery codes.
    pub async fn reset_factor(&self, id: OperatorId) -> Result<(), TeamError> {
        let team = self.team().await?;
        let known = team.into_iter().find(|one| one.id == id);
        let known = known.ok_or(TeamError::Unknown)?;
        let remove = DropSecondFactor {
            operator: id,
            proof: None,
        };
        let note = || Note::of("factor.reset", id.to_string()).before(known.name);
        if self.submit(remove, note).await? {
            Ok(())
        } else {
            Err(TeamError::NoFactor)
        }
    }

    /// Takes off those of the numbers that the settings name for that; whoever runs the service may do it when nobody of the team
    /// can.
    pub async fn reset_named_factors(&self, phones: &[PhoneNumber]) -> Result<(), EngineError> {
        if phones.is_empty() {
            return Ok(());
        }
        let settings = self.acting_as(Actor {
            operator: None,
            name: BY_SETTINGS.into(),
        });
        let team = self.team().await?;
        for operator in team.iter().filter(|one| phones.contains(&one.phone)) {
            match settings.reset_factor(operator.id).await {
                Ok(()) => tracing::warn!(
                    operator.id = %operator.id,
                    "a second factor was taken off because ADMIN_TOTP_RESET names its number; take the number out of there"
                ),
                Err(TeamError::Engine(error)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Somebody typed the texted code and is to type the second: what their browser keeps meanwhile. It opens nothing.
    pub(crate) async fn stop_halfway(&self, operator: OperatorId) -> Result<Secret, EngineError> {
        let secret = self.browser_secret()?;
        let open = OpenOperatorEntry {
            key: kept(&secret),
            operator,
            expires_at: self.now() + HALFWAY,
        };
        self.inner.committer.submit(open).await?;
        Ok(secret)
    }

    /// Logs in whoever typed the texted code in this browser, by the second factor: what it is to keep.
    pub async fn enter_by_factor(
        &self,
        browser: &Secret,
        text: &str,
    ) -> Result<Proved<Secret>, EngineError> {
        self.refuse_while_draining()?;
        let asked = OperatorEntryOf {
            key: kept(browser),
            at: self.now(),
        };
        let found = self.ask().question(asked).await?;
        let Some(operator) = found.and_then(|one| self.in_force(one)) else {
            return Ok(Proved::Nothing);
        };
        let proof = match self.tried_factor(operator.id, text).await? {
            Proved::Done(proof) => proof,
            other => return Ok(other.without()),
        };
        let secret = self.browser_secret()?;
        let at = self.now();
        let enter = EnterWithFactor {
            entry: kept(browser),
            proof,
            session: OpenOperatorSession {
                key: kept(&secret),
                operator: operator.id,
                expires_at: at + CONSOLE_SESSION,
                at,
            },
        };
        let how = match proof {
            FactorProof::Step(_) => "second factor",
            FactorProof::Recovery(_) => "recovery code",
        };
        let theirs = self.acting_as(Actor::of(&operator));
        let note = || Note::of("console.login", operator.id.to_string()).after(how);
        Ok(if theirs.submit(enter, note).await? {
            Proved::Done(secret)
        } else {
            Proved::Wrong
        })
    }

    /// Counts a try, and finds what it is compared with.
    async fn spend_factor_try(
        &self,
        operator: OperatorId,
    ) -> Result<Proved<SecondFactorRecord>, EngineError> {
        let at = self.now();
        let spend = SpendFactorTry {
            operator,
            tries_max: TRIES_MAX,
            since: at - TRIES_WITHIN,
            at,
        };
        Ok(match self.inner.committer.submit(spend).await? {
            SpendFactorTryAnswer::Spent(factor) => Proved::Done(factor),
            SpendFactorTryAnswer::TooMany => Proved::TooMany,
            SpendFactorTryAnswer::None => Proved::Nothing,
        })
    }

    /// What a text proves of a factor that is asked for. It is not used up yet.
    async fn tried_factor(
        &self,
        operator: OperatorId,
        text: &str,
    ) -> Result<Proved<FactorProof>, EngineError> {
        let Some(typed) = Typed::of(text) else {
            return Ok(Proved::Wrong);
        };
        let factor = match self.spend_factor_try(operator).await? {
            Proved::Done(factor) if factor.confirmed_at.is_some() => factor,
            Proved::Done(_) => return Ok(Proved::Nothing),
            other => return Ok(other.without()),
        };
        let proof = self.factor_proof(operator, &factor, typed);
        Ok(proof.map_or(Proved::Wrong, Proved::Done))
    }

    fn factor_proof(
        &self,
        operator: OperatorId,
        factor: &SecondFactorRecord,
        typed: Typed,
    ) -> Option<FactorProof> {
        match typed {
            Typed::Recovery(code) => Some(FactorProof::Recovery(recovery_hash(operator, &code))),
            Typed::Digits(digits) => {
                let key = base32::decoded(factor.secret.expose())?;
                let step = totp::step_of(&key, &digits, self.now())?;
                (step > factor.last_step).then_some(FactorProof::Step(step))
            }
        }
    }

    /// New recovery codes as they are shown, and what is kept of them.
    fn recovery_codes(
        &self,
        operator: OperatorId,
    ) -> Result<(Vec<String>, Vec<[u8; 32]>), EngineError> {
        let bytes: [u8; RECOVERY * RECOVERY_BYTES] = self.random()?;
        let codes = bytes.chunks(RECOVERY_BYTES).map(base32::encoded);
        Ok(codes
            .map(|code| {
                (
                    in_fours(&code).to_lowercase(),
                    recovery_hash(operator, &code),
                )
            })
            .unzip())
    }
}

/// Letters in groups of four, as they are read aloud.
pub fn in_fours(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|four| four.iter().collect())
        .collect();
    groups.join("-")
}

impl<T> Proved<T> {
    /// The same where nothing was proved.
    fn without<U>(self) -> Proved<U> {
        match self {
            Self::Done(_) | Self::Wrong => Proved::Wrong,
            Self::TooMany => Proved::TooMany,
            Self::Nothing => Proved::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_digits_a_recovery_code_or_no_try() {
        assert!(
            matches!(Typed::of(" 123 456 "), Some(Typed::Digits(digits)) if digits == "123456")
        );
        let code = in_fours(&base32::encoded(&[7; RECOVERY_BYTES])).to_lowercase();
        assert_eq!(code.len(), 19);
        let bare = code.replace('-', "").to_uppercase();
        assert!(matches!(Typed::of(&code), Some(Typed::Recovery(typed)) if typed == bare));
        for slip in ["", "12345", "1234567", "abcd-efgh", "ação"] {
            assert!(Typed::of(slip).is_none(), "{slip}");
        }
    }

    #[test]
    fn a_recovery_code_is_one_persons() {
        let of = |id: u8| recovery_hash(OperatorId::from_bytes([id; 16]), "ABCD");
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn an_address_names_the_service_and_the_person() {
        assert_eq!(
            address("Gym & Text", "Owner …0601", "JBSW"),
            "otpauth://totp/Gym%20%26%20Text:Owner%20%E2%80%A60601?secret=JBSW&issuer=Gym%20%26%20Text"
        );
    }
}
