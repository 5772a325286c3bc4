"""The store of the service: casebooks as changes, fits, tokens and replies.

Every change to a casebook is kept and never altered. What a case is, or was at any
revision or moment, is what its changes up to then add up to.
"""

from deciban.service.store.engine import Store as Store
from deciban.service.store.errors import BackupError as BackupError
from deciban.service.store.errors import CaseExistsError as CaseExistsError
from deciban.service.store.errors import DatabaseUrlError as DatabaseUrlError
from deciban.service.store.errors import LeaseLostError as LeaseLostError
from deciban.service.store.errors import ReasonError as ReasonError
from deciban.service.store.errors import RepeatedKeyError as RepeatedKeyError
from deciban.service.store.errors import RevisionError as RevisionError
from deciban.service.store.errors import SchemaError as SchemaError
from deciban.service.store.errors import StoreError as StoreError
from deciban.service.store.errors import StoreUnavailableError as StoreUnavailableError
from deciban.service.store.errors import TokenNameError as TokenNameError
from deciban.service.store.errors import UnknownCaseError as UnknownCaseError
from deciban.service.store.errors import UnknownFitError as UnknownFitError
from deciban.service.store.errors import UnknownRevisionError as UnknownRevisionError
from deciban.service.store.errors import UnknownTokenError as UnknownTokenError
